import { type ObservedMode, proxyModeSchema } from '../../model/mode.ts';

/**
 * The mode in the body of kube-proxy's `/proxyMode`: the bare word, as plain text (`cmd/kube-proxy/app/server.go`,
 * serveMetrics). Anything else, for example the error page of a proxy in between, is `unknown`: never a guess.
 */
export function parseModeAnswer(body: string): ObservedMode {
  return proxyModeSchema.safeParse(body.trim()).data ?? 'unknown';
}
