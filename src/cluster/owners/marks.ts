/** Labels and annotations of an object. */
export interface Marked {
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
}

/** A label or annotation that a tool leaves on what it writes. */
export interface Mark {
  on: keyof Marked;
  key: string;
  /** Only with this value; absent: with any. */
  value?: string;
}

/** A tool that writes an object again, and what becomes of an edit by others. */
export interface OwnerKind {
  name: string;
  /** Any of these is proof. A mark that other tools leave as well is none of them. */
  marks: readonly Mark[];
  /** Its field managers, exactly or by their start. */
  managers: readonly (string | RegExp)[];
  /** Says that the tool leaves the object alone after all. */
  except?: (marked: Marked) => boolean;
  /** What becomes of an edit, as a sentence goes on after `NAME `. */
  reverts: string;
  fix: string;
  /** `value` is what stood behind the mark, empty where a field manager was the proof. */
  command: (value: string, marked: Marked) => string;
}

/** A value in a command that people paste into a shell: annotations hold anything, and only a name is shown as it is. */
const nameOr = (placeholder: string, value = '') => (/^[A-Za-z0-9][\w./-]*$/.test(value) ? value : placeholder);

const label = (key: string, value?: string): Mark => ({ on: 'labels', key, ...(value === undefined ? {} : { value }) });
const annotation = (key: string, value?: string): Mark => ({ ...label(key, value), on: 'annotations' });

const flux = 'kustomize.toolkit.fluxcd.io';
const fluxHelm = 'helm.toolkit.fluxcd.io';

/**
 * Who writes objects again. The keys are those of the tools' own sources and documentation: Argo CD resource_tracking (from 3.0
 * on the annotation; its former label app.kubernetes.io/instance is set by every Helm chart and proves nothing), Flux
 * kustomize-controller and helm-controller, Helm's metadata accessor, kubernetes/cluster/addons/addon-manager/README.md
 * (`EnsureExists` only creates), EKS "field management", gardener resource-manager, Talos manifest_apply.go, kOps remap.go,
 * rancher/wrangler pkg/apply, Carvel kapp, Config Sync, Sveltos, hashicorp/terraform-provider-kubernetes, Pulumi.
 */
export const ownerKinds: readonly OwnerKind[] = [
  {
    name: 'Argo CD',
    marks: [annotation('argocd.argoproj.io/tracking-id'), label('argocd.argoproj.io/instance')],
    managers: ['argocd-controller', 'argocd-application-controller'],
    reverts: 'sets it back to what is in Git: within seconds with self-heal, else at its next sync',
    fix: 'Commit the change in Git for the time of the run, or take automatic sync off the application until it is committed',
    command: (value) => `argocd app set ${nameOr('APP', value.split(':')[0])} --sync-policy none`,
  },
  {
    name: 'Flux (Kustomization)',
    marks: [label(`${flux}/name`)],
    managers: ['kustomize-controller'],
    except: ({ annotations }) =>
      annotations[`${flux}/reconcile`] === 'disabled' ||
      ['Ignore', 'IfNotPresent'].includes(annotations[`${flux}/ssa`] ?? ''),
    reverts: 'sets it back to what is in its source at every interval',
    fix: 'Suspend the Kustomization for the time of the run, commit the change, then resume it',
    command: (value, { labels }) =>
      `flux suspend kustomization ${nameOr('NAME', value)} -n ${nameOr('NAMESPACE', labels[`${flux}/namespace`])}`,
  },
  {
    name: 'Flux (HelmRelease)',
    marks: [label(`${fluxHelm}/name`)],
    managers: ['helm-controller'],
    reverts: 'sets it back at its next upgrade, and at every interval where drift detection is on',
    fix: 'Suspend the HelmRelease for the time of the run, put the change into its values, then resume it',
    command: (value, { labels }) =>
      `flux suspend helmrelease ${nameOr('NAME', value)} -n ${nameOr('NAMESPACE', labels[`${fluxHelm}/namespace`])}`,
  },
  {
    name: 'Helm',
    marks: [annotation('meta.helm.sh/release-name')],
    managers: ['helm'],
    // It is then the HelmRelease that decides.
    except: ({ labels }) => `${fluxHelm}/name` in labels,
    reverts: 'may set it back at the next upgrade of the release, not by itself',
    fix: 'Put the change into the values of the release before its next upgrade',
    command: (value, { annotations }) =>
      `helm get values ${nameOr('RELEASE', value)} -n ${nameOr('NAMESPACE', annotations['meta.helm.sh/release-namespace'])} --all`,
  },
  {
    name: 'the addon manager',
    marks: [label('addonmanager.kubernetes.io/mode', 'Reconcile')],
    managers: [],
    reverts: 'sets it back to its manifest again and again, where one runs on the control plane',
    fix: 'Change its manifest on the control-plane nodes, or make sure that no addon manager runs there',
    command: () => 'ls /etc/kubernetes/addons',
  },
  {
    name: 'EKS',
    marks: [],
    managers: ['eks'],
    reverts: 'overwrites it when the add-on is updated',
    fix: "Set the mode in the add-on's configuration",
    command: () => 'aws eks describe-addon --cluster-name CLUSTER --addon-name kube-proxy',
  },
  {
    name: 'Gardener',
    marks: [annotation('resources.gardener.cloud/origin'), label('resources.gardener.cloud/managed-by', 'gardener')],
    managers: ['gardener-resource-manager'],
    reverts: 'sets it back within minutes',
    fix: 'Change the Shoot, in the garden cluster',
    command: () => 'kubectl -n garden-PROJECT edit shoot NAME',
  },
  {
    name: 'Talos',
    marks: [annotation('config.k8s.io/owning-inventory', 'talos-bootstrap-manifests-inventory')],
    managers: ['talos'],
    reverts: 'sets it back at talosctl upgrade-k8s',
    fix: 'Change the machine configuration of the control plane',
    command: () => 'talosctl -n NODES edit machineconfig',
  },
  {
    name: 'kOps',
    marks: [label('app.kubernetes.io/managed-by', 'kops'), label('addon.kops.k8s.io/name')],
    managers: [],
    reverts: 'applies it again whenever its manifest changes',
    fix: 'Change the spec of the cluster',
    command: () => 'kops edit cluster NAME',
  },
  {
    name: 'Config Sync',
    marks: [annotation('configmanagement.gke.io/managed', 'enabled')],
    managers: [],
    reverts: 'sets it back at once',
    fix: 'Commit the change in its repository',
    command: () => 'kubectl get rootsyncs,reposyncs -A',
  },
  {
    name: 'Rancher (objectset)',
    marks: [label('objectset.rio.cattle.io/hash'), annotation('objectset.rio.cattle.io/id')],
    managers: [],
    reverts: 'applies it again when its source changes or its controller starts; Fleet also where it corrects drift',
    fix: 'Change the source that the annotations objectset.rio.cattle.io/owner-* name, or pause its GitRepo',
    command: () => 'kubectl get gitrepos,bundles -A  # Fleet: in the management cluster',
  },
  {
    name: 'kapp',
    marks: [label('kapp.k14s.io/app'), annotation('kapp.k14s.io/identity')],
    managers: [],
    reverts: 'sets it back at its next deploy, which kapp-controller does by itself',
    fix: 'Change its source, or pause the App for the time of the run',
    command: () => `kubectl -n NAMESPACE patch app NAME --type merge -p '{"spec":{"paused":true}}'`,
  },
  {
    name: 'Sveltos',
    marks: [annotation('projectsveltos.io/owner-name'), label('projectsveltos.io/reference-name')],
    managers: [],
    reverts: 'applies it again when its profile changes, and at once where it detects drift',
    fix: 'Change what the ClusterProfile refers to',
    command: () => 'kubectl get clusterprofiles  # in the management cluster',
  },
  {
    name: 'Terraform',
    marks: [label('app.kubernetes.io/managed-by', 'Terraform')],
    managers: ['Terraform'],
    reverts: 'sets it back at the next terraform apply, not by itself',
    fix: 'Change the code in the same change',
    command: () => 'terraform plan',
  },
  {
    name: 'Pulumi',
    marks: [label('app.kubernetes.io/managed-by', 'pulumi')],
    managers: [/^pulumi-kubernetes(-|$)/],
    reverts: 'sets it back at the next pulumi up, not by itself',
    fix: 'Change the program in the same change',
    command: () => 'pulumi preview',
  },
];
