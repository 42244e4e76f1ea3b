import { wordsOf } from '../../cluster/kube-proxy/container.ts';
import { type Check, few, finding } from '../check.ts';

const code = 'PXS013';
const object = 'DaemonSet kube-system/kube-proxy';
const command = 'kubectl -n kube-system edit daemonset kube-proxy';

/**
 * The flags that count beside `--config`; whatever else a flag says, the file replaces it, and is never merged with it
 * (`Complete` in cmd/kube-proxy/app/options.go, 1.31 to 1.37). The flags for the log win over the file
 * (`copyLogsFromFlags`), as does `--hostname-override`; `--master` is no field of the file.
 */
const counting = /^--(?:config|hostname-override|master|v|vmodule|log-.*|logging-.*|version|help)$/;

/** With one of these kube-proxy does one thing and exits; it never serves (`Run` in the same file). */
const exiting = ['--cleanup', '--init-only', '--write-config-to'];

/** With --config, kube-proxy ignores most flags; without it the ConfigMap is not what decides. */
export const flags: Check = {
  code,
  category: 'kube-proxy',
  title: 'kube-proxy is configured by its ConfigMap, not by flags',
  looksAt: `command and args of ${object}`,
  essential: true,
  run: async (facts) => {
    const daemonSet = await facts.proxyDaemonSet();
    // PXS010 says so.
    if (daemonSet === undefined) return { saw: 'no DaemonSet', findings: [] };
    const container = daemonSet.spec.template.spec.containers.find(({ name }) => name === 'kube-proxy');
    if (container === undefined) {
      const message = `${object} has no container kube-proxy`;
      const more = { objects: [object], fix: 'Give the container that runs kube-proxy this name', command };
      return { saw: 'no container', findings: [finding(code, 'blocker', message, more)] };
    }
    const words = wordsOf(container).filter((word) => word.startsWith('--'));
    const saw = words.join(' ') || 'no flags';
    const names = words.map(flagName);
    if (!names.includes('--config')) {
      const message = `${object} does not use --config: its ConfigMap does not decide the mode`;
      const more = { objects: [object], fix: 'Move what the flags say into config.conf', command };
      return { saw, findings: [finding(code, 'blocker', message, more)] };
    }
    const stops = words.filter((word) => !word.endsWith('=false')).map(flagName);
    const stopping = exiting.filter((flag) => stops.includes(flag));
    const ignored = [...new Set(names)].filter((name) => !counting.test(name) && !exiting.includes(name));
    const findings = [];
    if (stopping.length > 0) {
      const message = `${object} sets ${few(stopping)}, with which kube-proxy exits instead of serving`;
      findings.push(finding(code, 'blocker', message, { objects: [object], fix: 'Take the flag out', command }));
    }
    if (ignored.length > 0) {
      const message = `${object} sets ${few(ignored)}, which kube-proxy ignores beside --config: config.conf alone decides`;
      const fix = 'Take these flags out; if one of them is what you want, set it in config.conf';
      findings.push(finding(code, 'note', message, { objects: [object], fix, command }));
    }
    return { saw, findings };
  },
};

/** `--proxy-mode=ipvs`, `--proxy_mode`: the flag that is meant; kube-proxy takes `_` for `-`. */
function flagName(word: string): string {
  return word.replace(/=.*$/s, '').replaceAll('_', '-');
}
