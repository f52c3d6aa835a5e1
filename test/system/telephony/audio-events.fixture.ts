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
