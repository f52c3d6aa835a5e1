import type { Call } from '#telephony/call.ts';
import type { SidecarContext } from '../../leases/membership.ts';

/** Records that something in a call did not work, as an event of the call. */
export const recordWarning = (
  { recorderOf, tryCommit }: Pick<SidecarContext, 'recorderOf' | 'tryCommit'>,
  { id, org_id: organization }: Pick<Call, 'id' | 'org_id'>,
  event: 'callflow.loop' | 'callflow.failed',
  reason: string,
): Promise<unknown> =>
  tryCommit(organization, [
    recorderOf(organization)(event, {
      entity: { type: 'call', id },
      description: `The flow of call ${id}: ${reason}`,
      fields: { reason },
    }),
  ]);
