import { z } from 'zod';
import { anyObjectSchema, type KubeApi, KubeApiError } from '../kube-api.ts';

/** What the simulated kubelets read of a pod. */
export const podSchema = anyObjectSchema.extend({
  spec: z.looseObject({
    nodeName: z.string().optional(),
    hostNetwork: z.boolean().optional(),
    volumes: z
      .array(
        z.looseObject({
          downwardAPI: z
            .looseObject({
              items: z.array(z.looseObject({ path: z.string(), fieldRef: z.looseObject({ fieldPath: z.string() }) })),
            })
            .optional(),
        }),
      )
      .optional(),
    containers: z.array(
      z.looseObject({
        name: z.string(),
        image: z.string(),
        command: z.array(z.string()).optional(),
        args: z.array(z.string()).optional(),
        env: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })).optional(),
      }),
    ),
  }),
  status: z.looseObject({ phase: z.string().optional() }).optional(),
});
export type Pod = z.infer<typeof podSchema>;

/** How often the container has been started again, and what it is doing now. */
export interface ContainerState {
  restarts: number;
  running: boolean;
  /** Exit code of the run before. */
  lastExitCode?: number;
}

/** Reports the only container of a pod as a kubelet does, with the pod's readiness that follows from it. */
export async function reportContainer(
  api: KubeApi,
  pod: Pod,
  state: ContainerState,
  signal: AbortSignal,
): Promise<void> {
  const [container] = pod.spec.containers;
  const { name, namespace = 'default', uid = '' } = pod.metadata;
  const now = new Date().toISOString();
  const terminated = {
    exitCode: state.lastExitCode ?? 0,
    reason: 'Error',
    startedAt: now,
    finishedAt: now,
    containerID: `containerd://${uid}-${Math.max(0, state.restarts - 1)}`,
  };
  const waiting = {
    reason: 'CrashLoopBackOff',
    message: `back-off restarting failed container=${container?.name} pod=${name}_${namespace}(${uid})`,
  };
  const status = state.running ? 'True' : 'False';
  const reason = state.running
    ? {}
    : { reason: 'ContainersNotReady', message: `containers with unready status: [${container?.name}]` };
  await patchStatus(
    api,
    pod,
    {
      conditions: ['Ready', 'ContainersReady'].map((type) => ({
        type,
        status,
        lastTransitionTime: now,
        reason: null,
        message: null,
        ...reason,
      })),
      containerStatuses: [
        {
          name: container?.name,
          image: container?.image,
          imageID: container?.image,
          containerID: `containerd://${uid}-${state.restarts}`,
          ready: state.running,
          started: state.running,
          restartCount: state.restarts,
          state: state.running ? { running: { startedAt: now } } : { waiting },
          ...(state.lastExitCode === undefined ? {} : { lastState: { terminated } }),
        },
      ],
    },
    signal,
  );
}

/** Reports a pod whose container has ended well, and is not started again. */
export async function reportSucceeded(api: KubeApi, pod: Pod, signal: AbortSignal): Promise<void> {
  const [container] = pod.spec.containers;
  const { uid = '' } = pod.metadata;
  const now = new Date().toISOString();
  await patchStatus(
    api,
    pod,
    {
      phase: 'Succeeded',
      conditions: ['Ready', 'ContainersReady'].map((type) => ({
        type,
        status: 'False',
        reason: 'PodCompleted',
        lastTransitionTime: now,
      })),
      containerStatuses: [
        {
          name: container?.name,
          image: container?.image,
          imageID: container?.image,
          containerID: `containerd://${uid}-0`,
          ready: false,
          started: false,
          restartCount: 0,
          state: { running: null, terminated: { exitCode: 0, reason: 'Completed', startedAt: now, finishedAt: now } },
        },
      ],
    },
    signal,
  );
}

/** A pod that was deleted meanwhile, or replaced, is not reported: its watch event ends what runs in it. */
export async function patchStatus(
  api: KubeApi,
  { metadata }: Pick<Pod, 'metadata'>,
  status: object,
  signal: AbortSignal,
): Promise<void> {
  const { name, namespace = 'default', uid = '' } = metadata;
  try {
    await api.call('PATCH', `/api/v1/namespaces/${namespace}/pods/${name}/status`, {
      contentType: 'application/strategic-merge-patch+json',
      query: { fieldManager: 'kubelet' },
      body: { metadata: { uid }, status },
      signal,
    });
  } catch (error) {
    if (error instanceof KubeApiError && (error.code === 404 || error.code === 409)) return;
    throw error;
  }
}
