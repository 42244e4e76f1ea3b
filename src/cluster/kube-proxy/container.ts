/** What is needed of a container to tell what it runs. */
interface ContainerLike {
  name: string;
  image: string;
  command: readonly string[];
  args: readonly string[];
}

/** Whether kube-proxy runs in a container, by its name, its image or its command. */
export function containerRunsProxy({ name, image, command, args }: ContainerLike): boolean {
  if (name === 'kube-proxy') return true;
  if (/(?:^|\/)kube-proxy(?:-(?:amd64|arm64))?(?:[:@]|$)/.test(image)) return true;
  // A flag may end in a path such as /var/lib/kube-proxy, and is no program.
  return wordsOf({ command, args }).some((word) => !word.startsWith('-') && /(?:^|\/)kube-proxy$/.test(word));
}

/** Command and arguments as words; a line for a shell (`sh -c "kube-proxy --config=…"`) is taken apart. */
export function wordsOf({ command, args }: Pick<ContainerLike, 'command' | 'args'>): string[] {
  return [...command, ...args].flatMap((word) => word.split(/\s+/)).filter((word) => word !== '');
}
