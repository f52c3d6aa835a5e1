import * as z from 'zod';
import { AppError, errorKinds, invalid, missingField } from '#errors.ts';
import { definedFields } from '#schema/defined-fields.ts';
import { omit } from '#schema/omit.ts';
import { E164, Id, organizationText, text, Timestamp } from '#schema/values.ts';
import { telephonyErrors } from '../schema/errors.ts';

/** SIM cards (`functions/telephony/README.md`, "SIM cards"). */

export const simErrors = errorKinds({
  ICCID_EXISTS: [409, 'A SIM with this ICCID exists.'],
  IMSI_EXISTS: [409, 'A SIM with this IMSI exists.'],
  MSISDN_EXISTS: [409, 'A SIM with this MSISDN exists.'],
  SIM_NOT_TERMINATED: [409, 'Only a terminated SIM can be deleted.'],
  INVALID_ICCID: [422, 'The value is not an ICCID.'],
});

export const simStatuses = ['registered', 'active', 'suspended', 'terminated'] as const;
export type SimStatus = (typeof simStatuses)[number];
export const simActions = ['activate', 'suspend', 'resume', 'terminate', 'assign'] as const;
export type SimAction = (typeof simActions)[number];

const iccidForm = /^[0-9]{19,20}$/;

/** Whether the last digit is the check digit of the others (ITU-T E.118; ISO/IEC 7812-1, Annex B). */
function passesLuhn(digits: string): boolean {
  const sum = Array.from(digits, Number)
    .reverse()
    .reduce((total, digit, at) => {
      const doubled = digit * (at % 2 === 0 ? 1 : 2);
      return total + (doubled > 9 ? doubled - 9 : doubled);
    }, 0);
  return sum % 10 === 0;
}

/** 19 or 20 digits with a check digit. */
const isIccid = (value: string): boolean => iccidForm.test(value) && passesLuhn(value);

const Iccid = z.string().trim().refine(isIccid, {
  message: 'must have 19 or 20 digits with a valid check digit',
  params: simErrors.INVALID_ICCID,
});

const fields = {
  msisdn: E164.nullable().describe(
    'Telephone number (E.164), which an active or suspended SIM needs. One of the inventory must be an active mobile ' +
      'number of the organization',
  ),
  network: text(64).nullable().describe('Name of the mobile network'),
  label: text(64).nullable().describe('Text of the holder'),
  user_id: z
    .string()
    .max(81)
    .nullable()
    .describe('User of the SIM; null: none. Of a registered SIM it changes by `assign` only'),
  plan: text(64).nullable().describe('Name of the plan'),
  data_limit_mb: z.number().int().min(0).max(10_000_000).nullable().describe('Data limit, megabytes; null: none'),
} as const;

/** Body of `PUT /mobile/{id}`. */
export const NewSim = z
  .object(fields)
  .partial()
  .extend({
    iccid: Iccid.optional().describe(
      'ICCID: 19 or 20 digits with a check digit, unique on the platform; required with `new`',
    ),
    imsi: z
      .string()
      .regex(/^[0-9]{14,15}$/, 'must have 14 or 15 digits')
      .nullish()
      .describe('IMSI: 14 or 15 digits, unique on the platform'),
  })
  .meta({ id: 'NewSim' });
export type NewSim = z.output<typeof NewSim>;

/** Body of `POST /mobile/{id}`. */
export const SimChange = z
  .object(fields)
  .partial()
  .extend({
    action: z
      .enum(simActions)
      .optional()
      .describe('Change of status; `assign` sets `user_id`, and null unassigns. `activate` needs an `msisdn`'),
    reason: text(256).nullish().describe('Reason of a suspension'),
  })
  .meta({ id: 'SimChange' });
export type SimChange = z.output<typeof SimChange>;

export const Sim = z
  .object({
    id: Id('sim').describe('Id of the SIM'),
    organization_id: z.string().describe('The organization, such as `org_1001`'),
    iccid: z.string().describe('ICCID'),
    imsi: z.string().nullable().describe('IMSI'),
    msisdn: z.string().nullable().describe('Telephone number (E.164)'),
    network: z.string().nullable().describe('Name of the mobile network'),
    label: z.string().nullable().describe('Text of the holder'),
    user_id: z.string().nullable().describe('User of the SIM'),
    plan: z.string().nullable().describe('Name of the plan'),
    data_limit_mb: z.number().int().nullable().describe('Data limit, megabytes'),
    status: z.enum(simStatuses).describe('Status of the SIM'),
    suspend_reason: z.string().nullable().describe('Reason of the suspension'),
    network_sync: z
      .enum(['none', 'pending', 'done', 'failed'])
      .describe("Whether the operator's network was notified; always `none` without a SIM provider"),
    activated_at: Timestamp.nullable().describe('Time of activation'),
    suspended_at: Timestamp.nullable().describe('Time of suspension'),
    terminated_at: Timestamp.nullable().describe('Time of termination'),
    created_at: Timestamp.describe('Time of creation'),
    updated_at: Timestamp.describe('Time of the last change'),
  })
  .meta({ id: 'Sim' });

/** A SIM as stored. No operator's network is notified, so `network_sync` is not stored. */
export type SimItem = Omit<z.output<typeof Sim>, 'organization_id' | 'network_sync'> & { readonly version: number };

type Stamp = { readonly id: string; readonly iccid: string; readonly now: string };

const initialState = {
  status: 'registered',
  suspend_reason: null,
  activated_at: null,
  suspended_at: null,
  terminated_at: null,
} as const;

/** A SIM as first stored. */
export const newSim = (wanted: NewSim, { id, iccid, now }: Stamp): SimItem => ({
  ...initialState,
  id,
  iccid,
  imsi: wanted.imsi ?? null,
  msisdn: wanted.msisdn ?? null,
  network: wanted.network ?? null,
  label: wanted.label ?? null,
  user_id: wanted.user_id ?? null,
  plan: wanted.plan ?? null,
  data_limit_mb: wanted.data_limit_mb ?? null,
  created_at: now,
  updated_at: now,
  version: 1,
});

const wrongState = ({ status }: SimItem, action: string): AppError =>
  new AppError(telephonyErrors.INVALID_STATE, `A SIM that is ${status} cannot be ${action}`);

/** @throws AppError VALIDATION_FAILED for an active or suspended SIM without a number */
function assertHasNumber({ status, msisdn }: SimItem): void {
  if ((status === 'active' || status === 'suspended') && msisdn === null)
    throw invalid('msisdn', 'is required for an active SIM');
}

/** The SIM after a PUT: fields are replaced, the status is kept. @throws AppError INVALID_STATE, VALIDATION_FAILED */
export function replaceSim(sim: SimItem, wanted: NewSim, now: string): SimItem {
  if (sim.status === 'terminated') throw wrongState(sim, 'changed');
  const { id, iccid, created_at, status, suspend_reason, activated_at, suspended_at, terminated_at } = sim;
  const next = {
    ...newSim(wanted, { id, iccid, now }),
    created_at,
    status,
    suspend_reason,
    activated_at,
    suspended_at,
    terminated_at,
    version: sim.version + 1,
  };
  assertHasNumber(next);
  return next;
}

/** The status before and after an action. `assign` does not change it. */
const transitions = {
  activate: { from: ['registered'], to: 'active' },
  suspend: { from: ['active'], to: 'suspended' },
  resume: { from: ['suspended'], to: 'active' },
  terminate: { from: ['registered', 'active', 'suspended'], to: 'terminated' },
} as const satisfies Record<
  Exclude<SimAction, 'assign'>,
  { readonly from: readonly SimStatus[]; readonly to: SimStatus }
>;

const pastTense = { activate: 'activated', suspend: 'suspended', resume: 'resumed', terminate: 'terminated' } as const;

function applyAction(
  sim: SimItem,
  action: Exclude<SimAction, 'assign'>,
  { reason, now }: { readonly reason: string | null; readonly now: string },
): SimItem {
  const { from, to } = transitions[action];
  if (!(from as readonly SimStatus[]).includes(sim.status)) throw wrongState(sim, pastTense[action]);
  const next = { ...sim, status: to };
  switch (action) {
    case 'activate':
      return { ...next, activated_at: now };
    case 'suspend':
      return { ...next, suspended_at: now, suspend_reason: reason };
    case 'resume':
      return { ...next, suspended_at: null, suspend_reason: null };
    // Its number becomes free for another SIM.
    case 'terminate':
      return { ...next, terminated_at: now, msisdn: null };
  }
}

/** @throws AppError INVALID_STATE, VALIDATION_FAILED */
function assertChangeable(sim: SimItem, wanted: SimChange): void {
  const { action } = wanted;
  const isOnlyLabel =
    action === undefined &&
    Object.entries(omit(wanted, 'reason')).every(([name, value]) => name === 'label' || value === undefined);
  if (sim.status === 'terminated' && !isOnlyLabel)
    throw wrongState(sim, action === undefined || action === 'assign' ? 'changed' : pastTense[action]);
  if (action === 'assign' && wanted.user_id === undefined)
    throw invalid('user_id', 'is required to assign a SIM; null unassigns it');
  if (action !== 'assign' && wanted.user_id !== undefined && wanted.user_id !== sim.user_id)
    throw invalid('user_id', 'can only be changed by the action assign');
}

/** The SIM after a POST. @throws AppError INVALID_STATE, VALIDATION_FAILED */
export function changeSim(sim: SimItem, wanted: SimChange, now: string): SimItem {
  assertChangeable(sim, wanted);
  const { action, reason } = wanted;
  const next = {
    ...sim,
    ...definedFields(omit(wanted, 'action', 'reason')),
    updated_at: now,
    version: sim.version + 1,
  };
  const after =
    action === undefined || action === 'assign' ? next : applyAction(next, action, { reason: reason ?? null, now });
  assertHasNumber(after);
  return after;
}

/** The type of the event of a change. */
export const simEvent = (action: SimAction | undefined) =>
  action === undefined || action === 'assign' ? ('sim.updated' as const) : (`sim.${pastTense[action]}` as const);

/** @throws AppError SIM_NOT_TERMINATED */
export function assertDeletable({ status }: SimItem): void {
  if (status !== 'terminated')
    throw new AppError(simErrors.SIM_NOT_TERMINATED, `The SIM is ${status}; only a terminated SIM can be deleted`);
}

type Addressed = {
  /** The id or ICCID in the path; undefined for `new`. */
  readonly path: string | undefined;
  /** The SIM of the path, if it exists. */
  readonly before: SimItem | undefined;
};

/** The ICCID of a PUT. @throws AppError MISSING_FIELD, INVALID_ICCID, VALIDATION_FAILED if path and body differ */
export function iccidOf({ iccid: inBody }: NewSim, { path, before }: Addressed): string {
  const iccid = before?.iccid ?? path ?? inBody;
  if (iccid === undefined) throw missingField('iccid');
  if (!isIccid(iccid))
    throw new AppError(simErrors.INVALID_ICCID, 'The path is not an ICCID', {
      details: [{ path: 'id', message: 'has a wrong check digit' }],
    });
  if (inBody !== undefined && inBody !== iccid) throw invalid('iccid', 'differs from the ICCID of the path');
  return iccid;
}

/** A SIM as answered. */
export const presentSim = (sim: SimItem, organization: number): z.input<typeof Sim> => ({
  ...omit(sim, 'version'),
  organization_id: organizationText(organization),
  network_sync: 'none',
});
