import { clusterInformationSchema, datastoreMigrationSchema } from '../../cluster/calico/installation-schema.ts';
import type { PlainObject } from '../../cluster/objects.ts';
import { clusterInformation } from '../../cluster/refs.ts';
import type { Finding } from '../../model/finding.ts';
import { type Check, finding } from '../check.ts';
import { onCalico } from './on-calico.ts';

const code = 'PXS073';
/** The one phase after which nothing moves any more (`kube-controllers/pkg/controllers/migration/api.go`, 3.32). */
const FINISHED = 'Complete';

/** While the datastore is locked no Felix takes up what is written, and what is written may not be carried over. */
export const datastoreReady: Check = {
  code,
  category: 'calico',
  title: "Calico's datastore is ready, and not being migrated",
  looksAt: 'DatastoreMigrations, and spec.datastoreReady of ClusterInformation default',
  essential: true,
  run: onCalico(async (_, facts) => {
    const [migrations, information] = await Promise.all([
      facts.objects({ apiVersion: 'migration.projectcalico.org/v1beta1', plural: 'datastoremigrations' }),
      facts.object(clusterInformation),
    ]);
    const ready = information && clusterInformationSchema.parse(information).spec.datastoreReady;
    const findings = migrations.flatMap(migrationFindings);
    if (ready === false) {
      const message = 'ClusterInformation default says that the datastore is not ready: Felix takes up no changes';
      findings.push(
        finding(code, 'blocker', message, {
          objects: ['ClusterInformation default'],
          fix: 'Finish the upgrade or the migration that has locked it',
          command: 'kubectl get clusterinformations.crd.projectcalico.org default -o yaml',
        }),
      );
    }
    return {
      saw: `${migrations.length === 0 ? 'no migration' : 'a migration'}, datastoreReady: ${ready ?? 'not set'}`,
      findings,
    };
  }),
};

function migrationFindings(object: PlainObject): Finding[] {
  const { metadata, status } = datastoreMigrationSchema.parse(object);
  const phase = status?.phase ?? 'Pending';
  if (phase === FINISHED) return [];
  const message = `DatastoreMigration ${metadata.name} is in phase ${phase}: Calico's objects are on their way to other CRDs`;
  return [
    finding(code, 'blocker', message, {
      objects: [`DatastoreMigration ${metadata.name}`],
      fix: 'Finish that migration; deleting the DatastoreMigration takes it back, unless it has converged',
      command: 'kubectl get datastoremigrations.migration.projectcalico.org',
    }),
  ];
}
