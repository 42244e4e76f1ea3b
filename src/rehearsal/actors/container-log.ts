import { EventEmitter } from 'node:events';

/** One line of a container's log, with the time at which the runtime took it. */
export interface LogLine {
  time: Date;
  text: string;
}

/** What one run of a container has written. `line` fires for each new line, `end` when the container is gone. */
export class ContainerLog extends EventEmitter<{ line: [LogLine]; end: [] }> {
  readonly lines: LogLine[] = [];
  ended = false;

  constructor() {
    super();
    // One listener per follower; a test may follow many times.
    this.setMaxListeners(0);
  }

  write(text: string): void {
    const line = { time: new Date(), text };
    this.lines.push(line);
    this.emit('line', line);
  }

  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.emit('end');
  }

  /** Forgets everything so far, as when the kubelet rotates a log that has grown too long. */
  rotate(): void {
    this.lines.length = 0;
  }
}

/** The logs that the kubelet keeps of one container: of its present run and of the one before. */
export class ContainerLogs {
  current = new ContainerLog();
  previous: ContainerLog | undefined;

  /** A restart of the container: the log so far becomes the previous one. */
  restart(): ContainerLog {
    this.current.end();
    this.previous = this.current;
    this.current = new ContainerLog();
    return this.current;
  }
}
