import type { ServiceFacts } from '../../cluster/services.ts';
import { few } from '../check.ts';
import type { ClusterFacts } from '../facts.ts';

/** Services that a finding is about, always in the same order: plans with warnings are hashed. */
export interface ChosenServices {
  services: readonly ServiceFacts[];
  /** `Service namespace/name`, all of them. */
  objects: string[];
  /** `namespace/name`, the first ten and a number, each with what `more` says of it in brackets. */
  named: (more?: (service: ServiceFacts) => string) => string;
}

/** The Services that kube-proxy serves and that `wanted` is true of, sorted by namespace and name. */
export async function chooseServices(
  facts: ClusterFacts,
  wanted: (service: ServiceFacts) => boolean,
): Promise<ChosenServices> {
  return choose((await facts.services()).filter((service) => service.proxied && wanted(service)));
}

/** As `chooseServices`, from a list, and whether kube-proxy serves them or not. */
export function choose(chosen: readonly ServiceFacts[]): ChosenServices {
  const named = chosen.map((service) => ({ service, name: `${service.namespace}/${service.name}` }));
  named.sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    services: named.map(({ service }) => service),
    objects: named.map(({ name }) => `Service ${name}`),
    named: (more) => few(named.map(({ service, name }) => (more ? `${name} (${more(service)})` : name))),
  };
}
