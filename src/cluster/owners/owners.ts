import type { PlainObject } from '../objects.ts';
import { type FieldManager, type FieldPath, managersOf } from './field-managers.ts';
import { type Mark, type Marked, type OwnerKind, ownerKinds } from './marks.ts';

/** Somebody who writes an object again, and so takes back or moves what others write into it. */
export interface Owner {
  name: string;
  /** The label, annotation or field manager that proves it: `label kustomize.toolkit.fluxcd.io/name=infra`. */
  evidence: string;
  /** What becomes of an edit, as a sentence goes on after the name. */
  reverts: string;
  fix: string;
  command: string;
}

/** Who is behind an object. */
export interface Ownership {
  owners: Owner[];
  /** Managers that wrote the field once and are not known: people's scripts, or controllers. */
  strangers: string[];
  /** Managers of the field; undefined where the object came without managedFields, so that nothing is known of them. */
  managers: string[] | undefined;
}

/**
 * Tools that write for a person, or once at installation. Binary names, as client-go and cli-runtime make managers of them:
 * kubectl (also `kubectl-edit`, `kubectl-client-side-apply` …), kubeadm, calicoctl, k9s, and proxyshift itself.
 */
const harmless = /^(kubectl(-.*)?|kubeadm|calicoctl|k9s|proxyshift|kube-controller-manager)$/;

/** Binary of tigera-operator: it fills the defaults of Calico's own objects in, and keeps what is set. */
const TIGERA_OPERATOR = 'operator';

/**
 * Who writes this object again: by its labels and annotations, and by who manages the field that is to be written. An
 * unknown manager counts where it applies the field (server-side apply is said again and again), and is a stranger where it
 * updated it once.
 *
 * @param field path from the root, `['data', 'config.conf']`
 * @returns owners in the order of the table, each once
 */
export function ownersOf(object: PlainObject, field: FieldPath): Ownership {
  const { labels = {}, annotations = {} } = object.metadata;
  const marked: Marked = { labels, annotations };
  const managers = managersOf(object, field);
  const known = ownerKinds.flatMap((kind) => ownerByKind(kind, marked, managers ?? []) ?? []);
  const unknown = (managers ?? []).filter(
    ({ manager }) =>
      !harmless.test(manager) && !(manager === TIGERA_OPERATOR && isCalico(object)) && !ownerKinds.some(isOf(manager)),
  );
  return {
    owners: [
      ...known,
      ...(known.length === 0 ? managedBy(marked) : []),
      ...unknown.filter(({ operation }) => operation === 'Apply').map(applier),
    ],
    strangers: unique(unknown.filter(({ operation }) => operation !== 'Apply').map(({ manager }) => manager)),
    managers: managers && unique(managers.map(({ manager }) => manager)),
  };
}

function isCalico({ apiVersion = '' }: PlainObject): boolean {
  return apiVersion.startsWith('operator.tigera.io/') || apiVersion.startsWith('crd.projectcalico.org/');
}

function ownerByKind(kind: OwnerKind, marked: Marked, managers: readonly FieldManager[]): Owner | undefined {
  if (kind.except?.(marked)) return undefined;
  const { name, reverts, fix, command } = kind;
  const mark = kind.marks.find(({ on, key, value }) => {
    const found = marked[on][key];
    return found !== undefined && (value === undefined || value === found);
  });
  if (mark !== undefined) {
    const value = marked[mark.on][mark.key] ?? '';
    return { name, evidence: describeMark(mark, value), reverts, fix, command: command(value, marked) };
  }
  const manager = managers.find((candidate) => isOf(candidate.manager)(kind))?.manager;
  if (manager === undefined) return undefined;
  return { name, evidence: `field manager ${manager}`, reverts, fix, command: command('', marked) };
}

function describeMark({ on, key }: Mark, value: string): string {
  return `${on === 'labels' ? 'label' : 'annotation'} ${key}${value === '' ? '' : `=${value}`}`;
}

function isOf(manager: string): (kind: OwnerKind) => boolean {
  return ({ managers }) => managers.some((name) => (typeof name === 'string' ? name === manager : name.test(manager)));
}

/**
 * The label that says by its own meaning which tool manages an object, for a tool that is not in the table. Helm's is left
 * out: rendered charts keep it when somebody else applies them, and Helm itself adds annotations. So is the Tigera
 * operator's, on what it makes.
 */
function managedBy({ labels }: Marked): Owner[] {
  const key = 'app.kubernetes.io/managed-by';
  const name = labels[key];
  if (name === undefined || name === '' || /^(helm|proxyshift|tigera-operator)$/i.test(name)) return [];
  return [{ ...someone(name), evidence: `label ${key}=${name}` }];
}

function applier({ manager }: FieldManager): Owner {
  return { ...someone(manager), evidence: `field manager ${manager}, by server-side apply` };
}

function someone(name: string): Omit<Owner, 'evidence'> {
  return {
    name,
    reverts: 'may set it back when it writes the object again',
    fix: `Find out where ${name} has the object from, and make the change there too`,
    command: 'kubectl get KIND NAME -n NAMESPACE -o yaml --show-managed-fields',
  };
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}
