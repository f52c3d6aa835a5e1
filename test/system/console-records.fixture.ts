import { expect } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { operatorToken } from './cloud.ts';
import { uniqueName, type AdministeredTenant } from './tenant.fixture.ts';

/** Calls of now, for pages of the console. */

type EndedCall = {
  readonly caller: string;
  readonly callee: string;
  /** Seconds before now at which it began, and for which it was answered; 0: it was not. */
  readonly ago: number;
  readonly seconds: number;
  /** Id of the user that called. */
  readonly user?: string;
};

const instant = (ago: number): string => new Date(Date.now() - ago * 1_000).toISOString();

const recordOf = ({ caller, callee, ago, seconds, user }: EndedCall) => ({
  call_id: uniqueName('call'),
  direction: 'outbound',
  ...(user === undefined ? {} : { user_id: user }),
  caller,
  callee,
  start_time: instant(ago),
  end_time: instant(ago - Math.max(1, seconds)),
  ...(seconds === 0
    ? { disposition: 'NO ANSWER' }
    : { disposition: 'ANSWERED', answer_time: instant(ago), billable_seconds: seconds }),
});

/** Files records of calls of a tenant as the operator, and waits until they are found. */
export async function fileCalls(
  { ask, id }: Pick<AdministeredTenant, 'ask' | 'id'>,
  calls: readonly EndedCall[],
): Promise<void> {
  const [batch, token] = [uniqueName('batch'), operatorToken()];
  const records = calls.map((call) => ({ ...recordOf(call), org_id: id }));
  expect((await ask('POST', `/cdr/${batch}`, { records }, { token })).body).toMatchObject({ accepted: calls.length });
  await eventually(async () => {
    const { body } = await ask('GET', `/cdr?batch_id=${batch}&limit=1`);
    expect(body).toMatchObject({ total: calls.length });
  });
}
