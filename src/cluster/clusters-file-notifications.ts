import { z } from 'zod';
import { notificationEventSchema, notificationEvents, receiverNameSchema } from '../model/notification-event.ts';
import { noAddress, type Receiver } from '../notifications/receiver.ts';
import { duration, filePath } from './clusters-file-fields.ts';

const anAddress = 'expected the address of a webhook, such as "https://hooks.example.com/proxyshift"';
const someEvents = `expected a list of events: ${notificationEvents.join(', ')}`;
const someNames = 'expected a list of names of receivers, as under notifications';
/** Temporal gives one try 45 s: an answer has to fit into that (ms). */
const LONGEST_ANSWER_MS = 30_000;
/** Each of them is an activity of its own for each event. */
const MOST_RECEIVERS = 20;

const receiverSchema = z
  .strictObject({
    type: z
      .enum(['webhook', 'slack', 'events'])
      .describe(
        '"webhook": a JSON document, signed where there is a secretFile. "slack": an incoming webhook of Slack. "events": Events ' +
          'in the cluster of the run, which the worker has to be allowed to create.',
      ),
    url: z
      .string(anAddress)
      .optional()
      .describe('Address of a webhook, where nothing in it is secret: no user, no "?". Else: urlFile.'),
    urlFile: filePath
      .optional()
      .describe('Path on the worker of a file with the address. "~" is the home folder; relative to this file.'),
    secretFile: filePath
      .optional()
      .describe(
        'Path on the worker of a file with the key that webhooks are signed with (HMAC-SHA256, Standard Webhooks): 24 to 64 ' +
          'bytes as base64, after "whsec_" or alone.',
      ),
    caFile: filePath
      .optional()
      .describe(
        'Path on the worker of the certificates (PEM) that the receiver is verified with, instead of the usual.',
      ),
    events: z
      .array(notificationEventSchema, someEvents)
      .min(1, someEvents)
      .default([...notificationEvents])
      .describe('What it is told of. Default: everything.'),
    timeout: duration('10s').describe('Time for one answer, at most 30s.'),
  })
  .superRefine(({ type, url, urlFile, secretFile, caFile, timeout }, context) => {
    // Without a path the value is not quoted: it may be secret.
    const issue = (message: string, path: string[] = []) => context.addIssue({ code: 'custom', path, message });
    if (timeout > LONGEST_ANSWER_MS) issue('expected a time span of at most "30s"', ['timeout']);
    if (urlFile !== undefined && /^https?:/i.test(urlFile)) {
      issue('urlFile: expected the path of a file that holds the address, and not the address');
    }
    if (type === 'events') {
      const fields = [url, urlFile, secretFile, caFile];
      if (fields.some((field) => field !== undefined)) {
        issue('Events are written into the cluster of the run: expected no url, urlFile, secretFile and caFile');
      }
      return;
    }
    if (type === 'slack') {
      if (url !== undefined)
        issue('url: the address of a Slack webhook is a secret; put it into a file, and name that in urlFile');
      if (secretFile !== undefined) issue('Slack verifies no signature: expected no secretFile', ['secretFile']);
      if (urlFile === undefined && url === undefined) issue('expected urlFile, the path of a file with the address');
      return;
    }
    if (url === undefined && urlFile === undefined) issue('expected url, or urlFile where the address is a secret');
    if (url !== undefined && urlFile !== undefined) issue('expected url or urlFile, and both are there');
    if (url !== undefined && (noAddress(url) !== undefined || url.includes('?'))) {
      issue(
        `url: ${anAddress}, without a user, "?" and "#"; put an address that holds a secret into a file, and name that in urlFile`,
      );
    }
  });

/** `notifications`, as it is written. */
export const receiversSchema = z
  .record(receiverNameSchema, receiverSchema.describe('One receiver.'))
  .refine(
    (receivers) => Object.keys(receivers).length <= MOST_RECEIVERS,
    `expected at most ${MOST_RECEIVERS} receivers`,
  )
  .default({});

/** `notify` of a cluster, as it is written. */
export const notifySchema = z.array(receiverNameSchema, someNames).optional();

/** Every receiver by its name, with absolute paths. */
export function toReceivers(
  written: z.output<typeof receiversSchema>,
  absolute: (written: string) => string,
): Receiver[] {
  return Object.entries(written).map(([name, { type, url, urlFile, secretFile, caFile, events, timeout }]) => ({
    name,
    type,
    ...(url === undefined ? {} : { url }),
    ...(urlFile === undefined ? {} : { urlFile: absolute(urlFile) }),
    ...(secretFile === undefined ? {} : { secretFile: absolute(secretFile) }),
    ...(caFile === undefined ? {} : { caFile: absolute(caFile) }),
    events,
    timeoutMs: timeout,
  }));
}
