import { row } from '#dynamodb/row.ts';

type ExportMarker = {
  /** Hash of the ids of the messages and of their range. */
  readonly key: string;
  readonly archive_id: string;
};

/** `smsexport#1001`: the archive of each export. */
export const smsExportRow = row<'smsexport', ExportMarker, { readonly key: string }>('smsexport', {
  afterClosing: 'it is as long as the archive is',
  sort: ({ key }) => key,
});
