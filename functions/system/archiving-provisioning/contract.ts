import { reads, records, writes } from '#contract/effects.ts';
import { endpoint } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { examples } from './examples.ts';
import { provisioningErrors, SetProvisioning, ShownProvisioning } from './provisioning.ts';

export const getArchiving = endpoint('GET /archiving/provisioning', {
  id: 'getArchiving',
  summary: 'Get the archive of the organization',
  description: 'Before it is provisioned, `enabled` is false and `updated_at` null.',
  scope: 'system:read',
  owner: 'found',
  answers: { 200: ShownProvisioning },
  errors: ['NOT_FOUND'],
  effects: [reads('archiving'), reads('purge')],
});

export const setArchiving = endpoint('PUT /archiving/provisioning', {
  id: 'setArchiving',
  summary: 'Provision the archive of the organization',
  description:
    'Sets the quota, the storage class and the lock of archives that are stored from then on. Existing archives keep ' +
    'theirs. Absent fields return to their defaults, but `max_compliance_years` stays.\n\n' +
    'Compliance mode needs two: the seller sets `max_compliance_years`, and the organization sends its exact name in ' +
    '`confirm` when it selects the mode. Ephemeral stages do not have the mode.\n\n' +
    'Each stored archive raises the version.',
  scope: 'system:write',
  whileClosed: true,
  nullIsAbsent: true,
  body: SetProvisioning,
  answers: { 200: ShownProvisioning },
  errors: ['VERSION_CONFLICT', 'QUOTA_BELOW_USAGE', 'NOT_THE_SELLER', 'CONFIRMATION_REQUIRED', 'LOCK_NOT_ALLOWED'],
  effects: [writes('archiving'), reads('purge'), records('archiving.provisioned')],
});

export const archivingProvisioning = resource('archiving-provisioning', {
  area: 'system',
  format: 'reference',
  owner: 'organization',
  errors: provisioningErrors,
  endpoints: [getArchiving, setArchiving],
  examples,
});
