/** The task queue where neither an option nor the clusters file names one. */
export const DEFAULT_TASK_QUEUE = 'proxyshift';
