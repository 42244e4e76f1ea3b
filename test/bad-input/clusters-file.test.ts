import { expect, it } from 'vitest';
import { loadClustersFile, parseClustersFile } from '../../src/cluster/clusters-file.ts';
import { refusalOf } from './support/refusal.ts';

const uid = '0b8d2c1e-5f4a-4c7e-9a51-3f6f2c9d7e10';
const path = '/etc/proxyshift/clusters.yaml';
const head = 'apiVersion: proxyshift.dev/v1\nclusters:\n';
const needed = `    kubeconfig: k\n    context: c\n    uid: ${uid}\n`;
/** A file with cluster `a`, which has these fields as well. */
const entry = (...fields: string[]) => `${head}  a:\n${needed}${fields.map((field) => `    ${field}\n`).join('')}`;
const approval = (fields: string) => entry(`approval: { ${fields} }`);
const rollout = (fields: string) => entry(`rollout: { ${fields} }`);
const alerts = (fields: string) => rollout(`alerts: { ${fields} }`);
/** With an image that is accepted, unless `fields` begins with another one. */
const probe = (fields: string, image = 'registry.example.com/proxyshift:0.1.0') =>
  entry(`probe: { image: ${JSON.stringify(image)}${fields && ', '}${fields} }`);
const window = (fields: string) => entry(`windows: [{ ${fields} }]`);
/** A file with a receiver. */
const receiver = (fields: string, name = 'chat') =>
  entry().replace('clusters:', `notifications: { ${JSON.stringify(name)}: { ${fields} } }\nclusters:`);
const freeze = (fields: string) => entry(`freeze: [{ ${fields} }]`);
/** Each line repeats the one before nine times: a gigabyte, if it was written out. */
const bomb = Array.from({ length: 10 }, (_, n) => `l${n}: &l${n} [${Array(9).fill(n === 0 ? 'x' : `*l${n - 1}`)}]`);

it.each<[string, string]>([
  // What is no file of this kind.
  [': the file is empty: expected an object with apiVersion, clusters', ''],
  [': the file is empty: expected an object with apiVersion, clusters', '# nothing but a comment\n'],
  [': the file is "just words": expected an object with apiVersion, clusters', 'just words'],
  [': the file is ["a", "b"]: expected an object with apiVersion, clusters', '[a, b]'],
  [': apiVersion is missing: expected "proxyshift.dev/v1"; clusters is missing: expected an object', '{}'],
  [
    ' YAML, line 1, column 6: Flow sequence in block collection must be sufficiently indented and end with a ]',
    'a: [1',
  ],
  [' YAML, line 1, column 13: Missing closing "quote', 'a: "unclosed'],
  [' YAML, line 1, column 4: Nested mappings are not allowed in compact mappings', 'a: b: c'],
  [' YAML, line 2, column 1: Tabs are not allowed as indentation', 'a: 1\n\tb: 2'],
  [' YAML, line 1, column 4: Unresolved tag: tag:yaml.org,2002:python/object', 'a: !!python/object x'],
  [' YAML, line 7, column 1: it has more than one document ("---"), and one is expected', `${entry()}---\n${entry()}`],
  [' YAML: the alias "*nowhere" has no anchor before it', 'a: *nowhere'],
  [' YAML: its aliases ("*name") repeat too much; write the values out', bomb.join('\n')],
  [': the file is "\\u0000\\u0001\\u009b31m": expected an object with apiVersion, clusters', '\u0000\u0001\u009b31m'],
  [': apiVersion is "v2": expected "proxyshift.dev/v1"', 'apiVersion: v2\nclusters: {}'],
  [': clusters is […]: expected an object', 'apiVersion: proxyshift.dev/v1\nclusters: [{ name: a, token: s3cret }]'],
  [': clusters is null: expected an object', 'apiVersion: proxyshift.dev/v1\nclusters:'],
  [
    ': taskQueue is "": expected the name of a task queue',
    'apiVersion: proxyshift.dev/v1\ntaskQueue: ""\nclusters: {}',
  ],
  [
    ': apiVersion is "v1": expected "proxyshift.dev/v1"; "kind", "contexts" are not known fields: expected apiVersion, taskQueue, notifications, clusters',
    'apiVersion: v1\nkind: Config\ncontexts: []\nclusters: {}',
  ],
  // Clusters and their names.
  [
    ' YAML, line 7, column 3: the key "a" is there twice in one mapping, and once is expected',
    `${entry()}  a:\n${needed}`,
  ],
  [
    ': clusters has the name "A B": expected lower-case letters, digits, "-" and ".", at most 63 characters',
    `${head}  "A B":\n${needed}`,
  ],
  [
    ': clusters has the name "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa": expected lower-case letters, digits, "-" and ".", at most 63 characters',
    `${head}  ${'a'.repeat(64)}:\n${needed}`,
  ],
  [': clusters.a is null: expected an object with kubeconfig, context, uid', `${head}  a:\n`],
  [': clusters.a is "kubeconfig": expected an object with kubeconfig, context, uid', `${head}  a: kubeconfig\n`],
  [
    ': clusters.a.kubeconfig is missing: expected the path of a file; clusters.a.context is missing: expected the name of a context; clusters.a.uid is missing: expected the uid of the namespace kube-system, as kubectl prints it',
    `${head}  a: {}\n`,
  ],
  [
    ': "clusters.a.contxt" is not a known field: expected kubeconfig, context, uid, approval, rollout, calico, probe, windows, freeze, notify',
    entry('contxt: x'),
  ],
  [
    ': "clusters.a.token", "clusters.a.password" are not known fields: expected kubeconfig, context, uid, approval, rollout, calico, probe, windows, freeze, notify',
    entry('token: s3cret', 'password: s3cret'),
  ],
  // Each field.
  [': clusters.a.kubeconfig is "": expected the path of a file', entry().replace('kubeconfig: k', 'kubeconfig: ""')],
  [
    ': clusters.a.kubeconfig is "apiVersion: v1\\n…": expected the path of a file',
    entry().replace('kubeconfig: k', 'kubeconfig: |\n      apiVersion: v1\n      token: s3cret'),
  ],
  [
    ': clusters.a.kubeconfig is {"users": …}: expected the path of a file',
    entry().replace('kubeconfig: k', 'kubeconfig: { users: s3cret }'),
  ],
  [
    ': clusters.a.context is ["prod"]: expected the name of a context',
    entry().replace('context: c', 'context: [prod]'),
  ],
  [': clusters.a.context is 5: expected the name of a context', entry().replace('context: c', 'context: 5')],
  [
    ': clusters.a.uid is "prod-1": expected the uid of the namespace kube-system, as kubectl prints it',
    entry().replace(uid, 'prod-1'),
  ],
  [
    ': clusters.a.uid is "0B8D2C1E-5F4A-4C7E-9A51-3F6F2C9D7E10": expected the uid of the namespace kube-system, as kubectl prints it',
    entry().replace(uid, uid.toUpperCase()),
  ],
  [
    ': clusters.a.uid is 12345: expected the uid of the namespace kube-system, as kubectl prints it',
    entry().replace(uid, '12345'),
  ],
  [
    ': clusters.a.uid is missing: expected the uid of the namespace kube-system, as kubectl prints it',
    entry().replace(`    uid: ${uid}\n`, ''),
  ],
  [': clusters.a.approval is "yes": expected an object', entry('approval: yes')],
  [': clusters.a.approval.approvers is "ada": expected a list', approval('approvers: ada')],
  [
    ': clusters.a.approval.approvers[1] is 5: expected a name; clusters.a.approval.approvers[2] is " ": expected a name',
    approval('approvers: [ada, 5, " "]'),
  ],
  [
    ': clusters.a.approval.timeout is 24: expected a time span such as "200ms", "90s", "10m", "24h"',
    approval('timeout: 24'),
  ],
  [': clusters.a.approval.timeout is "400d": expected a time span of at most "365d"', approval('timeout: 400d')],
  [
    ': clusters.a.approval.timeout is "99999999999999999999999999999999999999999999999999999999999999999999999999999999…": expected a time span of at most "365d"',
    approval(`timeout: ${'9'.repeat(200)}h`),
  ],
  [': clusters.a.approval.count is 0: expected a whole number from 1 to 10', approval('count: 0')],
  [': clusters.a.approval.count is 11: expected a whole number from 1 to 10', approval('count: 11')],
  [': clusters.a.approval.count is 1.5: expected a whole number from 1 to 10', approval('count: 1.5')],
  [': clusters.a.approval.count is NaN: expected a whole number from 1 to 10', approval('count: .nan')],
  [': clusters.a.approval.count is "2": expected a whole number from 1 to 10', approval('count: "2"')],
  [
    ': clusters.a.approval.count is 3: expected at most 2, the number of different approvers; no run could ever be approved',
    approval('approvers: [ada, Ada, lin], count: 3'),
  ],
  [': clusters.a.approval.require is "maybe": expected "named" or "signed"', approval('require: maybe')],
  [
    ': clusters.a.approval.allowedSigners is missing: with require "signed", expected the path of a file of allowed signers',
    approval('require: signed'),
  ],
  [
    ': clusters.a.approval.allowedSigners is "./list": accepted with require "signed" only: a name is not verified',
    approval('allowedSigners: ./list'),
  ],
  [
    ': "clusters.a.approval.aprovers" is not a known field: expected approvers, timeout, count, require, gates, allowedSigners',
    approval('aprovers: [ada]'),
  ],
  [
    ': clusters.a.rollout.failureBudget is -1: expected a whole number of nodes, 0 or more',
    rollout('failureBudget: -1'),
  ],
  [': clusters.a.rollout.onFailure is "explode": expected "rollback" or "pause"', rollout('onFailure: explode')],
  [': clusters.a.rollout.strategy is "surge": expected "waves" or "rolling"', rollout('strategy: surge')],
  [': clusters.a.rollout.waveGrowth is "triple": expected "double" or "none"', rollout('waveGrowth: triple')],
  [
    ': clusters.a.approval.gates is ["canary"]: expected a list with "plan", and "canary" where a person has to say yes after the canary too',
    entry('approval: { gates: [canary] }'),
  ],
  [': clusters.a.rollout.canaryNode is "": expected the name of a node', rollout('canaryNode: ""')],
  [
    ': clusters.a.rollout.maxUnavailable is 0: expected a number of nodes (3) or a percentage ("10%")',
    rollout('maxUnavailable: 0'),
  ],
  [
    ': clusters.a.rollout.maxUnavailable is "110%": expected a number of nodes (3) or a percentage ("10%")',
    rollout('maxUnavailable: 110%'),
  ],
  [
    ': clusters.a.rollout.maxUnavailable is "0%": expected a number of nodes (3) or a percentage ("10%")',
    rollout('maxUnavailable: 0%'),
  ],
  [
    ': clusters.a.rollout.maxUnavailable is "all": expected a number of nodes (3) or a percentage ("10%")',
    rollout('maxUnavailable: all'),
  ],
  [
    ': clusters.a.rollout.soak is "soon": expected a time span such as "200ms", "90s", "10m", "24h"',
    rollout('soak: soon'),
  ],
  [
    ': clusters.a.rollout.soak is "-5m": expected a time span such as "200ms", "90s", "10m", "24h"',
    rollout('soak: -5m'),
  ],
  [
    ': clusters.a.rollout.nodeTimeout is "0s": expected a time span of at least "1ms"',
    rollout('soak: 0s, nodeTimeout: 0s'),
  ],
  [
    ': clusters.a.rollout.nodeTimeout is "5 minutes": expected a time span such as "200ms", "90s", "10m", "24h"',
    rollout('nodeTimeout: 5 minutes'),
  ],
  [
    ': clusters.a.rollout.nodeTimeout is null: expected a time span such as "200ms", "90s", "10m", "24h"',
    rollout('nodeTimeout:'),
  ],
  [': "clusters.a.calico.mode" is not a known field: expected timeout', entry('calico: { timeout: 10m, mode: ebpf }')],
  // When waves may start.
  [': clusters.a.windows is "nights": expected a list', entry('windows: nights')],
  [
    ': clusters.a.windows[0] is "0 22 * * 1-5": expected an object with start, duration',
    entry('windows: ["0 22 * * 1-5"]'),
  ],
  [
    ': clusters.a.windows[0].start is missing: expected a cron expression of five fields such as "0 22 * * 1-5"; clusters.a.windows[0].duration is missing: expected a time span such as "200ms", "90s", "10m", "24h"',
    window(''),
  ],
  [
    ': clusters.a.windows[0].start is "22:00": expected a cron expression of five fields such as "0 22 * * 1-5"; it has not got five fields of digits, names, *, -, "," and /',
    window('start: "22:00", duration: 6h'),
  ],
  [
    ': clusters.a.windows[0].start is "0 22 * * 1-5 2026": expected a cron expression of five fields such as "0 22 * * 1-5"; it has not got five fields of digits, names, *, -, "," and /',
    window('start: "0 22 * * 1-5 2026", duration: 6h'),
  ],
  [
    ': clusters.a.windows[0].start is "? 22 * * *": expected a cron expression of five fields such as "0 22 * * 1-5"; it has not got five fields of digits, names, *, -, "," and /',
    window('start: "? 22 * * *", duration: 6h'),
  ],
  [
    ': clusters.a.windows[0].start is "61 22 * * *": expected a cron expression of five fields such as "0 22 * * 1-5"; Invalid value for minute: 61',
    window('start: "61 22 * * *", duration: 6h'),
  ],
  [
    ': clusters.a.windows[0].start is "0 22 31 2 *": expected a cron expression of five fields such as "0 22 * * 1-5"; this one never comes',
    window('start: "0 22 31 2 *", duration: 6h'),
  ],
  [
    ': clusters.a.windows[0].start is 22: expected a cron expression of five fields such as "0 22 * * 1-5"',
    window('start: 22, duration: 6h'),
  ],
  [
    ': clusters.a.windows[0].duration is "8d": expected a time span of at most "7d"',
    window('start: "0 22 * * *", duration: 8d'),
  ],
  [
    ': clusters.a.windows[0].duration is "0m": expected a time span of at least "1ms"',
    window('start: "0 22 * * *", duration: 0m'),
  ],
  [
    ': clusters.a.windows[0].timeZone is "Mars/Base": expected a time zone such as "Europe/Berlin"',
    window('start: "0 22 * * *", duration: 6h, timeZone: Mars/Base'),
  ],
  [
    ': clusters.a.windows[0].timeZone is "+02:00": expected a time zone such as "Europe/Berlin"',
    window('start: "0 22 * * *", duration: 6h, timeZone: "+02:00"'),
  ],
  [
    ': "clusters.a.windows[0].end" is not a known field: expected start, duration, timeZone',
    window('start: "0 22 * * *", duration: 6h, end: "4:00"'),
  ],
  [
    ': clusters.a.windows is ["x", "x", "x", "x", "x", "x", "x", "x", "x", "x", "x", "x", "x", "x", "x", "x",…]: expected at most 50 windows',
    entry(`windows: [${Array(51).fill('x')}]`),
  ],
  [
    ': clusters.a.freeze[0].from is "20.12.2026": expected a day such as "2026-12-20"; clusters.a.freeze[0].to is "2027-02-29": expected a day such as "2026-12-20"',
    freeze('from: 20.12.2026, to: 2027-02-29'),
  ],
  [
    ': clusters.a.freeze[0].from is "2027-01-06": expected a day that is not after to, which is "2026-12-20"',
    freeze('from: 2027-01-06, to: 2026-12-20'),
  ],
  [
    ': clusters.a.freeze[0].from is "2011-12-30": expected a day that there is in Pacific/Apia',
    freeze('from: 2011-12-30, to: 2011-12-31, timeZone: Pacific/Apia'),
  ],
  [
    ': clusters.a.freeze[0].timeZone is "CEST-1": expected a time zone such as "Europe/Berlin"',
    freeze('from: 2026-12-20, to: 2027-01-06, timeZone: CEST-1'),
  ],
  [
    ': clusters.a.freeze[0].from is "0000-01-01": expected a day that there is in UTC',
    freeze('from: 0000-01-01, to: 2027-01-06'),
  ],
  [': clusters.a.freeze[0].to is missing: expected a day such as "2026-12-20"', freeze('from: 2026-12-20')],
  [
    ': clusters.a.freeze[0].why is "\\u001b[31m": expected a reason, at most 200 characters on one line',
    freeze('from: 2026-12-20, to: 2027-01-06, why: "\\x1b[31m"'),
  ],
  [
    ': "clusters.a.freeze[0].reason" is not a known field: expected from, to, timeZone, why',
    freeze('from: 2026-12-20, to: 2027-01-06, reason: x'),
  ],
  // Alerts: what may hold a password is not quoted.
  [
    ': clusters.a.probe.image is "proxyshift:0.1.0": expected an image with its registry and a tag or digest, such as "registry.example.com/proxyshift:0.1.0"',
    probe('', 'proxyshift:0.1.0'),
  ],
  [
    ': clusters.a.probe.image is "team/proxyshift:0.1.0": expected an image with its registry and a tag or digest, such as "registry.example.com/proxyshift:0.1.0"',
    probe('', 'team/proxyshift:0.1.0'),
  ],
  [
    ': clusters.a.probe.image is "registry.example.com/proxyshift": expected an image with its registry and a tag or digest, such as "registry.example.com/proxyshift:0.1.0"',
    probe('', 'registry.example.com/proxyshift'),
  ],
  [
    ': clusters.a.probe.image is "registry:5000/proxyshift": expected an image with its registry and a tag or digest, such as "registry.example.com/proxyshift:0.1.0"',
    probe('', 'registry:5000/proxyshift'),
  ],
  [
    ': clusters.a.probe.image is "https://registry.example.com/proxyshift:1": expected an image with its registry and a tag or digest, such as "registry.example.com/proxyshift:0.1.0"',
    probe('', 'https://registry.example.com/proxyshift:1'),
  ],
  [
    ': clusters.a.probe.image is "registry.example.com/Proxyshift:1": expected an image with its registry and a tag or digest, such as "registry.example.com/proxyshift:0.1.0"',
    probe('', 'registry.example.com/Proxyshift:1'),
  ],
  [
    ': clusters.a.probe.image is "registry.example.com/proxyshift:1 ": expected an image with its registry and a tag or digest, such as "registry.example.com/proxyshift:0.1.0"',
    probe('', 'registry.example.com/proxyshift:1 '),
  ],
  [
    ': clusters.a.probe.image is "registry.example.com/proxyshift@sha256:abc": expected an image with its registry and a tag or digest, such as "registry.example.com/proxyshift:0.1.0"',
    probe('', 'registry.example.com/proxyshift@sha256:abc'),
  ],
  [': clusters.a.probe is true: expected an object with image', entry('probe: true')],
  [
    ': clusters.a.probe.image is missing: expected an image with its registry and a tag or digest, such as "registry.example.com/proxyshift:0.1.0"',
    entry('probe: { every: 100ms }'),
  ],
  [': clusters.a.probe.paths is []: expected at least one path', probe('paths: []')],
  [': clusters.a.probe.paths is "dns": expected a list of paths', probe('paths: dns')],
  [': clusters.a.probe.paths is ["udp", "udp"]: expected each path once', probe('paths: [udp, udp]')],
  [
    ': clusters.a.probe.paths[1] is "icmp": expected "cluster-ip", "held", "udp", "dns" or "node-port"',
    probe('paths: [udp, icmp]'),
  ],
  [
    ': clusters.a.probe.dnsServer is "kube-dns": expected the IP address of a DNS server, such as "10.96.0.10"',
    probe('dnsServer: kube-dns'),
  ],
  [
    ': clusters.a.probe.dnsServer is "10.96.0.10": accepted with path "dns" only: nobody else is asked',
    probe('paths: [udp], dnsServer: 10.96.0.10'),
  ],
  [': clusters.a.probe.every is "10ms": expected a time span from "20ms" to "1s"', probe('every: 10ms')],
  [': clusters.a.probe.every is "2s": expected a time span from "20ms" to "1s"', probe('every: 2s')],
  [': clusters.a.probe.every is 100: expected a time span such as "200ms", "90s", "10m", "24h"', probe('every: 100')],
  [': clusters.a.probe.timeout is "6s": expected a time span of at most "5s"', probe('timeout: 6s')],
  [': clusters.a.probe.baseline is "0s": expected a time span of at least "1ms"', probe('baseline: 0s')],
  [': clusters.a.probe.baseline is "2d": expected a time span of at most "1d"', probe('baseline: 2d')],
  [
    ': clusters.a.probe.limits.longestGap is "long": expected a time span such as "200ms", "90s", "10m", "24h"',
    probe('limits: { longestGap: long }'),
  ],
  [
    ': clusters.a.probe.limits.lostConnections is -1: expected a whole number of connections, 0 or more',
    probe('limits: { lostConnections: -1 }'),
  ],
  [
    ': clusters.a.probe.limits.lostConnections is 0: accepted with path "held" only: no other one holds a connection',
    probe('paths: [udp], limits: { lostConnections: 0 }'),
  ],
  [
    ': "clusters.a.probe.limits.longestgap" is not a known field: expected longestGap, lostConnections',
    probe('limits: { longestgap: 1s }'),
  ],
  [
    ': "clusters.a.probe.interval" is not a known field: expected image, paths, dnsServer, every, timeout, baseline, limits',
    probe('interval: 1s'),
  ],
  [': clusters.a.rollout.alerts is true: expected an object with url, names', rollout('alerts: true')],
  [
    ': clusters.a.rollout.alerts.url is "prometheus:9090": expected the address of a Prometheus, such as "https://prometheus.example.com"',
    alerts('url: "prometheus:9090", names: [a]'),
  ],
  [
    ': clusters.a.rollout.alerts is {"url": …, "names": …}: url: expected the address of a Prometheus, such as "https://prometheus.example.com"',
    alerts('url: "ftp://ada:s3cret@prometheus", names: [a]'),
  ],
  [
    ': clusters.a.rollout.alerts is {"url": …, "names": …}: url: expected the address of a Prometheus, such as "https://prometheus.example.com", without ? and #',
    alerts('url: "https://prometheus?token=s3cret", names: [a]'),
  ],
  [
    ': clusters.a.rollout.alerts is {"url": …, "names": …}: url: expected the address of a Prometheus, such as "https://prometheus.example.com", with "%" in user and password as "%25"',
    alerts('url: "https://ada:s3cret%@prometheus", names: [a]'),
  ],
  [
    ': clusters.a.rollout.alerts.names is []: expected at least one name of an alert',
    alerts('url: "https://prometheus", names: []'),
  ],
  [
    ': clusters.a.rollout.alerts.names[0] is " ": expected the name of an alert',
    alerts('url: "https://prometheus", names: [" "]'),
  ],
  [
    ': clusters.a.rollout.alerts.onUnreachable is "wait": expected "firing" or "ignore"',
    alerts('url: "https://prometheus", names: [a], onUnreachable: wait'),
  ],
  [
    ': clusters.a.rollout.alerts.timeout is "2m": expected a time span of at most "30s"',
    alerts('url: "https://prometheus", names: [a], timeout: 2m'),
  ],
  [
    ': clusters.a.rollout.alerts.tokenFile is "./token": expected no user in url beside it: one way to authenticate',
    alerts('url: "https://ada:s3cret@prometheus", names: [a], tokenFile: ./token'),
  ],
  [
    ': "clusters.a.rollout.alerts.token" is not a known field: expected url, names, onUnreachable, patience, timeout, tokenFile, caFile',
    alerts('url: "https://prometheus", names: [a], token: s3cret'),
  ],
  // Who is told.
  [
    ': notifications has the name "the chat": expected lower-case letters, digits and "-", at most 40 characters',
    receiver('type: webhook, url: "https://x"', 'the chat'),
  ],
  [': notifications.chat.type is "mail": expected "webhook", "slack" or "events"', receiver('type: mail')],
  [
    ': notifications.chat is {"type": …, "url": …}: url: expected the address of a webhook, such as "https://hooks.example.com/proxyshift", without a user, "?" and "#"; put an address that holds a secret into a file, and name that in urlFile',
    receiver('type: webhook, url: "https://x?token=s3cret"'),
  ],
  [
    ': notifications.chat is {"type": …, "url": …}: url: expected the address of a webhook, such as "https://hooks.example.com/proxyshift", without a user, "?" and "#"; put an address that holds a secret into a file, and name that in urlFile',
    receiver('type: webhook, url: "https://ada:s3cret@x"'),
  ],
  [
    ': notifications.chat is {"type": …, "url": …}: url: the address of a Slack webhook is a secret; put it into a file, and name that in urlFile',
    receiver('type: slack, url: "https://hooks.slack.com/services/s3cret"'),
  ],
  [
    ': notifications.chat is {"type": …, "urlFile": …}: urlFile: expected the path of a file that holds the address, and not the address',
    receiver('type: slack, urlFile: "https://hooks.slack.com/services/s3cret"'),
  ],
  [
    ': notifications.chat is {"type": …}: expected urlFile, the path of a file with the address',
    receiver('type: slack'),
  ],
  [
    ': notifications.chat is {"type": …}: expected url, or urlFile where the address is a secret',
    receiver('type: webhook'),
  ],
  [
    ': notifications.chat is {"type": …, "url": …, "urlFile": …}: expected url or urlFile, and both are there',
    receiver('type: webhook, url: "https://x", urlFile: x'),
  ],
  [
    ': notifications.chat.secretFile is "x": Slack verifies no signature: expected no secretFile',
    receiver('type: slack, urlFile: x, secretFile: x'),
  ],
  [
    ': notifications.chat is {"type": …, "url": …}: Events are written into the cluster of the run: expected no url, urlFile, secretFile and caFile',
    receiver('type: events, url: "https://x"'),
  ],
  [
    ': notifications.chat.events[0] is "paid": expected "approval-needed", "canary-done", "by-hand", "paused", "failed", "rollback-stuck", "rolled-back" or "done"',
    receiver('type: slack, urlFile: x, events: [paid]'),
  ],
  [
    ': notifications.chat.timeout is "2m": expected a time span of at most "30s"',
    receiver('type: slack, urlFile: x, timeout: 2m'),
  ],
  [
    ': "notifications.chat.secret" is not a known field: expected type, url, urlFile, secretFile, caFile, events, timeout',
    receiver('type: slack, urlFile: x, secret: s3cret'),
  ],
  [
    ': clusters.a.notify[1] is "pager": expected the name of a receiver under notifications, which has chat',
    `${receiver('type: slack, urlFile: x')}    notify: [chat, pager]\n`,
  ],
  // Everything at once: nothing is lost, and a long value is cut.
  [
    ': clusters.a.approval.timeout is "soon": expected a time span such as "200ms", "90s", "10m", "24h"; clusters.a.approval.count is 0: expected a whole number from 1 to 10; clusters.a.rollout.soak is "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…": expected a time span such as "200ms", "90s", "10m", "24h"; "clusters.a.more" is not a known field: expected kubeconfig, context, uid, approval, rollout, calico, probe, windows, freeze, notify',
    entry('approval: { count: 0, timeout: soon }', `rollout: { soak: ${'x'.repeat(500)} }`, 'more: 1'),
  ],
  [
    ': clusters.a.approval.approvers[0] is 1: expected a name; clusters.a.approval.approvers[1] is 1: expected a name; clusters.a.approval.approvers[2] is 1: expected a name; clusters.a.approval.approvers[3] is 1: expected a name; clusters.a.approval.approvers[4] is 1: expected a name; clusters.a.approval.approvers[5] is 1: expected a name; clusters.a.approval.approvers[6] is 1: expected a name; clusters.a.approval.approvers[7] is 1: expected a name; clusters.a.approval.approvers[8] is 1: expected a name; clusters.a.approval.approvers[9] is 1: expected a name; and 40 more',
    approval(`approvers: [${Array(50).fill(1)}]`),
  ],
])('is not valid%s', async (message, text) => {
  const refused = await refusalOf(() => parseClustersFile(text, path));
  expect(refused).toMatchObject({ kind: 'Invalid', message: `The clusters file "${path}" is not valid${message}` });
  expect(refused.shown).not.toContain('s3cret');
});

it.each<[string, string]>([
  ['/nowhere/clusters.yaml', 'ENOENT'],
  ['test', 'EISDIR'],
])('a file that cannot be read: %s', async (file, code) => {
  const refused = await refusalOf(() => loadClustersFile(file));
  expect(refused).toMatchObject({ kind: 'Invalid', message: `The clusters file "${file}" cannot be read (${code})` });
  expect(refused.shown).toContain('Copy clusters.example.yaml to clusters.yaml, or name your file with --clusters');
});
