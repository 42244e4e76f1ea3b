import { type Check, finding } from '../check.ts';

const code = 'PXS006';
const object = 'Namespace kube-system';

/**
 * Which cluster it is. On a live one this is certain: connecting refuses a cluster whose kube-system has another uid than
 * clusters.yaml says.
 */
export const identity: Check = {
  code,
  category: 'cluster',
  title: 'It is known which cluster this is',
  looksAt: `uid of ${object}, and the address of the API server`,
  run: async ({ identity: { name, uid }, server }) => {
    const place = server === '' ? `export ${name}` : `${name} at ${server}`;
    if (uid !== '') return { saw: `${place}, uid ${uid}`, findings: [] };
    const message = `Which cluster this is cannot be told: the export ${name} has no ${object}`;
    const more = {
      objects: [object],
      fix: 'Add the namespaces to the export',
      command: 'kubectl get namespaces -o yaml > namespaces.yaml',
    };
    return { saw: place, findings: [finding(code, 'note', message, more)] };
  },
};
