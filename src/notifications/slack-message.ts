import type { Notification } from '../model/notification.ts';

/** Slack takes 3,000 characters in the text of a section (docs.slack.dev/reference/block-kit/blocks/section-block). */
const LONGEST_SECTION = 3_000;

/** What an incoming webhook of Slack takes; Mattermost and Rocket.Chat take `text` of it. */
export interface SlackMessage {
  /** What a notification on a phone shows, and clients without blocks. */
  text: string;
  blocks: unknown[];
}

const signs: Record<Notification['event'], string> = {
  'approval-needed': ':raised_hand:',
  'canary-done': ':baby_chick:',
  'by-hand': ':point_right:',
  paused: ':double_vertical_bar:',
  failed: ':x:',
  'rollback-stuck': ':rotating_light:',
  'rolled-back': ':leftwards_arrow_with_hook:',
  done: ':checkered_flag:',
  test: ':wave:',
};

/** A sentence, the commands to answer with, and who and where. */
export function slackMessage({ event, notice }: Notification, link: string | undefined): SlackMessage {
  const { text, failure, commands, requester, by, nodes, planHash } = notice;
  const sentence = escaped(text);
  const facts = [
    `asked for by ${escaped(requester)}`,
    ...(by === undefined ? [] : [`by ${escaped(by)}`]),
    ...(nodes.total > 0 ? [`${nodes.done}/${nodes.total} nodes`] : []),
    ...(planHash === undefined ? [] : [`plan ${planHash.slice(0, 12)}`]),
    ...(link === undefined ? [] : [`<${escaped(link)}|in Temporal>`]),
  ];
  const hints = commands.map(({ command, does }) => `\`${escaped(command)}\`  ${escaped(does)}`);
  return {
    text: sentence,
    blocks: [
      section(`${signs[event]} ${sentence}`),
      ...(failure === undefined || text.includes(failure) ? [] : [section(escaped(failure))]),
      ...(hints.length > 0 ? [section(hints.join('\n'))] : []),
      { type: 'context', elements: [{ type: 'mrkdwn', text: cut(facts.join('  ·  ')) }] },
    ],
  };
}

function section(text: string): unknown {
  return { type: 'section', text: { type: 'mrkdwn', text: cut(text) } };
}

/** `&`, `<` and `>` steer Slack: `<!channel>` would call everybody (docs.slack.dev/messaging/formatting-message-text). */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function cut(text: string): string {
  return text.length <= LONGEST_SECTION ? text : `${text.slice(0, LONGEST_SECTION - 1)}…`;
}
