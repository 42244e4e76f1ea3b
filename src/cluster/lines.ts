import type { Readable } from 'node:stream';

/**
 * Yields the lines of a stream of UTF-8 text, without their ends; the last one also where no newline follows.
 * `node:readline` is not used: its iterator ends quietly when the stream fails, and a log that was cut would look
 * complete.
 *
 * @throws whatever the stream fails with
 */
export async function* readLines(stream: Readable): AsyncGenerator<string, void, undefined> {
  stream.setEncoding('utf8');
  let rest = '';
  for await (const chunk of stream) {
    // Only the new part can hold a newline; a line of many chunks is not searched again for each of them.
    const text = String(chunk);
    let from = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', from)) {
      yield withoutReturn(rest + text.slice(from, end));
      rest = '';
      from = end + 1;
    }
    rest += text.slice(from);
  }
  if (rest !== '') yield withoutReturn(rest);
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
