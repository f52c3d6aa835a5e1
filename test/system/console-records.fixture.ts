import type { Page } from 'playwright-core';
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
  /** Id of the file with its recording. Absent: it was not recorded. */
  readonly recording?: string;
  /** Id of the user that called. */
  readonly user?: string;
};

const instant = (ago: number): string => new Date(Date.now() - ago * 1_000).toISOString();

const recordOf = ({ caller, callee, ago, seconds, recording, user }: EndedCall) => ({
  call_id: uniqueName('call'),
  direction: 'outbound',
  ...(user === undefined ? {} : { user_id: user }),
  caller,
  callee,
  start_time: instant(ago),
  end_time: instant(ago - Math.max(1, seconds)),
  ...(recording === undefined ? {} : { custom: { recording_id: recording } }),
  ...(seconds === 0
    ? { disposition: 'NO ANSWER' }
    : { disposition: 'ANSWERED', answer_time: instant(ago), billable_seconds: seconds }),
});

/** Seconds in which the calls of a test begin. */
const recently = 900;

/**
 * Seconds by which calls of the last quarter of an hour begin earlier, so that all are of one month (UTC): 0, but in
 * the first quarter of an hour of a month.
 */
export function backIntoOneMonth(): number {
  const now = new Date();
  const sinceBegin = (now.getTime() - Date.UTC(now.getUTCFullYear(), now.getUTCMonth())) / 1_000;
  return sinceBegin < recently ? recently : 0;
}

/** Chooses the month of a statement. @param at Unix milliseconds of an instant in it */
export async function chooseMonth(page: Page, at: number): Promise<void> {
  const month = new Intl.DateTimeFormat('en', { month: 'long', year: 'numeric', timeZone: 'UTC' });
  await page.getByRole('combobox', { name: 'Month' }).click();
  await page.getByRole('option', { name: month.format(at) }).click();
}

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
