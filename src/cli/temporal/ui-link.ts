export interface UiLinkOptions {
  /** Where Temporal's UI is, where it is known. Default: `$PROXYSHIFT_UI_URL`, or Temporal Cloud's own. */
  ui?: string;
  address: string;
  namespace: string;
  workflowId: string;
  runId: string;
}

/** The page of a run in Temporal's UI, or `undefined` where nobody has said where the UI is. */
export function uiLink({ ui, address, namespace, workflowId, runId }: UiLinkOptions): string | undefined {
  const cloud = /\.tmprl\.cloud(:\d+)?$/.test(address) ? 'https://cloud.temporal.io' : undefined;
  const base = ui ?? (process.env.PROXYSHIFT_UI_URL || cloud);
  if (!base) return undefined;
  const path = ['namespaces', namespace, 'workflows', workflowId, runId].map(encodeURIComponent).join('/');
  return `${base.replace(/\/+$/, '')}/${path}`;
}
