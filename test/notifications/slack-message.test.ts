import { expect, it } from 'vitest';
import { slackMessage } from '../../src/notifications/slack-message.ts';
import { notification } from './support/notification.ts';

it('what a cluster or a person says cannot call everybody in a channel, or pass for a link', () => {
  const { notice } = notification;
  const text = 'prod-1 is held: <!channel> & <https://evil.example.com|here>';
  const message = slackMessage({ ...notification, notice: { ...notice, text, requester: '<@U123>' } }, undefined);
  expect(message.text).toBe('prod-1 is held: &lt;!channel&gt; &amp; &lt;https://evil.example.com|here&gt;');
  expect(JSON.stringify(message)).not.toMatch(/<[!@h]/);
});

it('a failure is shown once, and nothing is longer than Slack takes', () => {
  const { notice } = notification;
  const failure = 'x'.repeat(5_000);
  const of = (text: string) => slackMessage({ ...notification, notice: { ...notice, text, failure } }, undefined);
  expect(of('it failed').blocks).toHaveLength(4);
  expect(of(`it failed: ${failure}`).blocks).toHaveLength(3);
  for (const block of of(failure).blocks) expect(JSON.stringify(block).length).toBeLessThan(3_100);
});
