import { scheduleDue } from '#dynamodb/rows/due.ts';
import { holdsOn, keeps, whileHoldsStay } from '#dynamodb/rows/legal-hold.ts';
import { sipTraceRow } from '#dynamodb/rows/sip-trace.ts';
import { remove } from '#dynamodb/write.ts';
import { consume, consumerDependencies, settleEach, type Delivery } from '#runtime/consume.ts';
import type { BackgroundContext } from '#runtime/background-context.ts';
import { day } from '#schema/time.ts';
import { traceExpiries, type TraceExpiryMessage } from './contract.ts';

const handle = (
  { message: { org_id: organization, trace: subject } }: Delivery<TraceExpiryMessage>,
  { tableOf, transact, clock }: BackgroundContext<typeof traceExpiries>,
): Promise<void> =>
  transact(organization, async () => {
    const [call = '', task = ''] = subject.split('/');
    const table = tableOf(organization);
    const holds = await holdsOn(table, 'logs');
    const trace = await table.get(sipTraceRow, { call_id: call, task });
    if (trace === undefined) return [];
    if (!keeps(holds, trace.facts)) return [whileHoldsStay(holds), remove(sipTraceRow, trace)];
    const at = new Date(clock().getTime() + day).toISOString();
    return [scheduleDue({ kind: 'siptrace.expiry', at, org_id: organization, subject })];
  });

/** Takes the messages of old traces from the queue `jobs`. */
export const traceExpiriesHandler = (dependencies = consumerDependencies()) =>
  consume(traceExpiries, settleEach(handle), dependencies);

export const handler = traceExpiriesHandler();
