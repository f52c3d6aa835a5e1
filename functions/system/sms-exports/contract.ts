import { effectsOfArchiving, reads, records, unique, writes } from '#contract/effects.ts';
import { endpoint } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { systemErrors } from '../schema/errors.ts';
import { examples } from './examples.ts';
import { NewSmsExport, ShownSmsExport, smsExportErrors } from './sms-export.ts';

export const storeSmsExport = endpoint('PUT /archiving/store/smsexport', {
  id: 'storeSmsExport',
  summary: 'Archive an export of SMS',
  description:
    'Stores messages of another system in a signed archive with the lock of `/archiving/provisioning`. The body has ' +
    '4 MiB at most.\n\n' +
    'Exports with the same `message_id`s in any order and the same range are the same export, whatever their texts ' +
    'are. The first one is archived. The others get its archive, also while it is being stored.\n\n' +
    '`GET /events/archive/{id}` shows the events of the archive.',
  scope: 'system:write',
  whileClosed: true,
  owner: 'found',
  body: NewSmsExport,
  bodyLimit: 4 * 1_024 * 1_024,
  errorNames: {
    MISSING_FIELD: smsExportErrors.INVALID_DATA_FORMAT,
    VALIDATION_FAILED: smsExportErrors.INVALID_DATA_FORMAT,
  },
  answers: { 200: ShownSmsExport },
  errors: ['POLICY_NOT_FOUND', 'ARCHIVING_NOT_PROVISIONED', 'STORAGE_FULL'],
  effects: [
    ...effectsOfArchiving,
    writes('archiving'),
    unique('smsexport'),
    reads('archivingpolicy'),
    records('archiving.stored'),
  ],
});

export const smsExports = resource('sms-exports', {
  area: 'system',
  format: 'reference',
  errors: { ...smsExportErrors, ...systemErrors },
  endpoints: [storeSmsExport],
  examples,
});
