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
  /** Number (E.164) of the caller, else its extension or name. */
  readonly caller: string;
  /** As dialed. */
  readonly called: string;
};

/** Where a call goes: to these targets in turn, whose gateways present a number for callers without one (E.164). */
export type EmergencyRoute = {
  readonly isEmergency: boolean;
  readonly attempts: readonly (readonly { readonly callerNumber: string | null }[])[];
};

const isNumber = (caller: string): boolean => /^\+\d{1,15}$/.test(caller);

/** Numbers that are noted for one call: all are written in one transaction. */
const maxNumbers = 10;

/** The numbers by which help can call back (E.164): that of the caller, else those that the gateways present. */
const callBackNumbers = (caller: string, { attempts }: EmergencyRoute): readonly string[] =>
  isNumber(caller)
    ? [caller]
    : [...new Set(attempts.flat().flatMap(({ callerNumber }) => callerNumber ?? []))].slice(0, maxNumbers);

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
  route: EmergencyRoute,
  { organization, call, user, device, caller: name, called }: EmergencyCall,
): void {
  if (!route.isEmergency) return;
  const at = clock().toISOString();
  const numbers = callBackNumbers(name, route);
  const [caller = name] = numbers;
  tryCommit(organization, [
    ...[user, ...numbers].flatMap((id) =>
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
