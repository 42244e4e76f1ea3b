import { z } from 'zod';
import { anyObjectSchema, type KubeApi } from '../kube-api.ts';
import type { FelixSettings } from './felix.ts';

const felixConfigurationSchema = anyObjectSchema.extend({
  spec: z.looseObject({ nftablesMode: z.string().optional(), bpfEnabled: z.boolean().optional() }).optional(),
});

/** What the FelixConfigurations say: `default` to every Felix, `node.<name>` to the one of that node. */
export class FelixConfigurations {
  readonly #modes = new Map<string, string>();
  #bpfEnabled = false;

  get bpfEnabled(): boolean {
    return this.#bpfEnabled;
  }

  /** Where Felix of a node has `nftablesMode` from. */
  of(node: string, environment: string | undefined): FelixSettings {
    const perHost = this.#modes.get(`node.${node}`);
    const global = this.#modes.get('default');
    return {
      ...(environment ? { environment } : {}),
      ...(perHost ? { perHost } : {}),
      ...(global ? { global } : {}),
    };
  }

  /**
   * Keeps up with them, until `signal` aborts.
   * @param onChange told which nodes a change concerns
   */
  async follow(api: KubeApi, onChange: (concerns: (node: string) => boolean) => void, signal: AbortSignal) {
    const path = '/apis/crd.projectcalico.org/v1/felixconfigurations';
    await api.follow(
      path,
      felixConfigurationSchema,
      {},
      (type, { metadata: { name }, spec }) => {
        const mode = type === 'DELETED' ? undefined : spec?.nftablesMode;
        if (name === 'default') this.#bpfEnabled = type !== 'DELETED' && spec?.bpfEnabled === true;
        if (mode === undefined) this.#modes.delete(name);
        else this.#modes.set(name, mode);
        onChange((node) => name === 'default' || name === `node.${node}`);
      },
      signal,
    );
  }
}
