import * as z from 'zod';
import { AppError, invalid } from '../../../shared/errors.ts';
import { given } from '../../../shared/schema/given.ts';
import { E164, Id, organizationText, text, Timestamp } from '../../../shared/schema/values.ts';

/** SIM cards: registered, active, suspended, terminated. */

export const simStatuses = ['registered', 'active', 'suspended', 'terminated'] as const;
export type SimStatus = (typeof simStatuses)[number];
export const simActions = ['activate', 'suspend', 'resume', 'terminate', 'assign'] as const;
export type SimAction = (typeof simActions)[number];

const iccidForm = /^[0-9]{19,20}$/;

/** ITU-T E.118: the last digit checks the others (ISO/IEC 7812-1, Annex B). */
function passesLuhn(digits: string): boolean {
  const sum = Array.from(digits, Number)
    .reverse()
    .reduce((sofar, digit, at) => {
      const doubled = digit * (at % 2 === 0 ? 1 : 2);
      return sofar + (doubled > 9 ? doubled - 9 : doubled);
    }, 0);
  return sum % 10 === 0;
}

/** 19 or 20 digits with a check digit. */
const isIccid = (value: string): boolean => iccidForm.test(value) && passesLuhn(value);

const Iccid = z
  .string()
  .trim()
  .refine(isIccid, {
    message: 'must have 19 or 20 digits, the last of which checks the others',
    params: { code: 'INVALID_ICCID' },
  });

const fields = {
  msisdn: E164.nullable(),
  network: text(64).nullable(),
  label: text(64).nullable(),
  user_id: z.string().max(81).nullable(),
  plan: text(64).nullable(),
  /** Megabytes. */
  data_limit_mb: z.number().int().min(0).max(10_000_000).nullable(),
} as const;

/** Body of `PUT /mobile/{id}`. */
export const NewSim = z
  .object(fields)
  .partial()
  .extend({
    iccid: Iccid.optional(),
    imsi: z
      .string()
      .regex(/^[0-9]{14,15}$/, 'must have 14 or 15 digits')
      .nullish(),
  })
  .meta({ id: 'NewSim' });
export type NewSim = z.output<typeof NewSim>;

/** Body of `POST /mobile/{id}`. */
export const SimChange = z
  .object(fields)
  .partial()
  .extend({ action: z.enum(simActions).optional(), reason: text(256).nullish() })
  .meta({ id: 'SimChange' });
export type SimChange = z.output<typeof SimChange>;

export const Sim = z
  .object({
    id: Id('sim'),
    organization_id: z.string(),
    iccid: z.string(),
    imsi: z.string().nullable(),
    msisdn: z.string().nullable(),
    network: z.string().nullable(),
    label: z.string().nullable(),
    user_id: z.string().nullable(),
    plan: z.string().nullable(),
    data_limit_mb: z.number().int().nullable(),
    status: z.enum(simStatuses),
    suspend_reason: z.string().nullable(),
    network_sync: z.enum(['none', 'pending', 'done', 'failed']),
    activated_at: Timestamp.nullable(),
    suspended_at: Timestamp.nullable(),
    terminated_at: Timestamp.nullable(),
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .meta({ id: 'Sim' });

/** As stored. No operator's network is told of it: the platform records only, and says so (`network_sync: none`). */
export type SimItem = Omit<z.output<typeof Sim>, 'organization_id' | 'network_sync'> & { readonly version: number };

type Stamp = { readonly id: string; readonly iccid: string; readonly now: string };

const unmade = {
  status: 'registered',
  suspend_reason: null,
  activated_at: null,
  suspended_at: null,
  terminated_at: null,
} as const;

export const newSim = (wanted: NewSim, { id, iccid, now }: Stamp): SimItem => ({
  ...unmade,
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
  new AppError('INVALID_STATE', `A SIM that is ${status} cannot be ${action}`);

/** @throws AppError 422: one that is in the network has a number */
function checkNumber({ status, msisdn }: SimItem): void {
  if ((status === 'active' || status === 'suspended') && msisdn === null)
    throw invalid('msisdn', 'is needed by an active SIM');
}

/** The SIM that a PUT of its ICCID makes of it: fields replaced, state kept. @throws AppError INVALID_STATE, 422 */
export function replacedSim(sim: SimItem, wanted: NewSim, now: string): SimItem {
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
  checkNumber(next);
  return next;
}

/** From where an action leads where; `assign` leaves a state as it is. */
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

function moved(
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
    // Its number is free for another from here on.
    case 'terminate':
      return { ...next, terminated_at: now, msisdn: null };
  }
}

/** @throws AppError INVALID_STATE, 422: what a change may not ask of this SIM */
function checkChange(sim: SimItem, { action, reason: _, ...wanted }: SimChange): void {
  const isOnlyLabel =
    action === undefined && Object.entries(wanted).every(([name, value]) => name === 'label' || value === undefined);
  if (sim.status === 'terminated' && !isOnlyLabel)
    throw wrongState(sim, action === undefined || action === 'assign' ? 'changed' : pastTense[action]);
  if (action === 'assign' && wanted.user_id === undefined)
    throw invalid('user_id', 'is needed to assign a SIM; null unassigns it');
  if (action !== 'assign' && wanted.user_id !== undefined && wanted.user_id !== sim.user_id)
    throw invalid('user_id', 'is changed by the action assign');
}

/** The SIM with the changes of a POST. @throws AppError INVALID_STATE, 422 */
export function changedSim(sim: SimItem, wanted: SimChange, now: string): SimItem {
  checkChange(sim, wanted);
  const { action, reason, ...fields } = wanted;
  const next = { ...sim, ...given(fields), updated_at: now, version: sim.version + 1 };
  const after =
    action === undefined || action === 'assign' ? next : moved(next, action, { reason: reason ?? null, now });
  checkNumber(after);
  return after;
}

/** The event that tells of a change. */
export const simEvent = (action: SimAction | undefined) =>
  action === undefined || action === 'assign' ? ('sim.updated' as const) : (`sim.${pastTense[action]}` as const);

/** @throws AppError SIM_NOT_TERMINATED */
export function checkRemovable({ status }: SimItem): void {
  if (status !== 'terminated')
    throw new AppError('SIM_NOT_TERMINATED', `The SIM is ${status}; only a terminated one is deleted`);
}

type Named = {
  /** In the path, but for `new`. */ readonly path: string | undefined;
  /** The SIM that the path names, if there is one. */ readonly before: SimItem | undefined;
};

/** Which SIM a PUT is about. @throws AppError MISSING_FIELD, 422 */
export function iccidOf({ iccid: inBody }: NewSim, { path, before }: Named): string {
  const iccid = before?.iccid ?? path ?? inBody;
  if (iccid === undefined)
    throw new AppError('MISSING_FIELD', 'Required: iccid', { details: [{ path: 'iccid', message: 'is required' }] });
  if (!isIccid(iccid))
    throw new AppError('INVALID_ICCID', 'The path is no ICCID', {
      details: [{ path: 'id', message: 'has a wrong check digit' }],
    });
  if (inBody !== undefined && inBody !== iccid) throw invalid('iccid', 'is another than the path names');
  return iccid;
}

export const presentSim = ({ version: _, ...sim }: SimItem, organization: number): z.input<typeof Sim> => ({
  ...sim,
  organization_id: organizationText(organization),
  network_sync: 'none',
});
