import { overwrite } from '#dynamodb/write.ts';
import { emergencyCallRow, type EmergencyCallItem } from '#functions/telephony/rows/call-handling.ts';
import type { Call } from '#telephony/call.ts';
import type { SidecarContext } from '../../leases/membership.ts';

type Dependencies = {
  readonly context: Pick<SidecarContext, 'tryCommit' | 'recorderOf' | 'clock'>;
  readonly fault: (error: unknown) => void;
};

/** A call for help, or one that is transferred to help. */
type EmergencyCall = {
  readonly organization: number;
  /** `call_…` */
  readonly call: string;
  /** Whose call it is; null: no user's. */
  readonly user: string | null;
  /** `dev_…`; null: it is made by no device. */
  readonly device: string | null;
  /** Number (E.164) by which help can call back, else the extension or name of the caller. */
  readonly caller: string;
  /** As dialed. */
  readonly called: string;
};

const isNumber = (caller: string): boolean => /^\+\d{1,15}$/.test(caller);

/** What a call for help says of itself. */
export const emergencyCallOf = ({ id, org_id, user_id: user, numbers, source, destination, legs }: Call) => ({
  organization: org_id,
  call: id,
  user,
  device: legs.find(({ role }) => role === 'source')?.device_id ?? null,
  caller: numbers.asserted ?? numbers.caller ?? source.caller.user,
  called: destination.requested.user,
});

/**
 * Notes that someone has called for help, if the call is one: for an hour who calls back gets through to the user and
 * to the number. The event lets the organization notify those who let help in (47 CFR 9.16). Nothing waits for the
 * note.
 */
export function noteEmergencyCall(
  { context: { tryCommit, recorderOf, clock }, fault }: Dependencies,
  { isEmergency }: { readonly isEmergency: boolean },
  { organization, call, user, device, caller, called }: EmergencyCall,
): void {
  if (!isEmergency) return;
  const at = clock().toISOString();
  tryCommit(organization, [
    ...[user, isNumber(caller) ? caller : null].flatMap((id) =>
      id === null
        ? []
        : [overwrite<'emergencycall', EmergencyCallItem, { user_id: string }>(emergencyCallRow, { user_id: id, at })],
    ),
    recorderOf(organization)('call.emergency', {
      entity: { type: 'call', id: call },
      description: `${caller} calls the emergency number ${called}`,
      severity: 'critical',
      fields: { caller_id: caller, called, user_id: user, device_id: device },
      persons: [user, caller],
    }),
  ]).catch(fault);
}
