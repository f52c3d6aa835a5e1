import { expect } from 'vitest';
import { second } from '#schema/time.ts';
import { eventually } from '#test/support/eventually.ts';
import { liveCalls, type TaskCloud } from '../sidecar-tasks.fixture.ts';
import type { Body } from '../tenant.fixture.ts';

/** Events of one-way audio. */

const calledOf = ({ destination }: Body): unknown =>
  (destination as { readonly to?: { readonly user?: unknown } } | undefined)?.to?.user;

/** Id of the live call to an extension. */
export const callTo = (cloud: TaskCloud, extension: string): Promise<string> =>
  eventually(async () => {
    const live = (await liveCalls(cloud)).find((each) => calledOf(each) === extension);
    if (live === undefined) throw new Error('the call is not listed');
    return String(live['id']);
  }, 20_000);

/** Events of the audio of a call, the newest first. */
export async function audioEvents(
  { tenant }: TaskCloud,
  id: string,
  type: 'call.audio_missing' | 'call.audio_returned',
): Promise<readonly { readonly timestamp: string; readonly data: Body }[]> {
  const { body } = await tenant.ask('GET', `/events/call/${id}?type=${type}`);
  return (body as { readonly data: { readonly events: readonly { timestamp: string; data: Body }[] } }).data.events;
}

/** A call, and when it was answered in Unix milliseconds. */
type Answered = { readonly id: string; readonly answeredAt: number };

/** Waits for the event of a side that is not heard. @returns seconds from the answer to it */
export const untilMissing = (
  cloud: TaskCloud,
  { id, answeredAt }: Answered,
  expected: Body,
  what?: string,
): Promise<number> =>
  eventually(async () => {
    const events = await audioEvents(cloud, id, 'call.audio_missing');
    expect(events, what).toMatchObject([{ data: expected }]);
    return (Date.parse(events[0]?.timestamp ?? '') - answeredAt) / second;
  }, 30_000);

/** Seconds from the answer within which a side that was never heard is reported. */
export const reportedWithin = 15;
