import { notices, type NoticeTemplate } from '#schema/notice-email.ts';
import type { OwnedTemplate } from '../email-template.ts';
import type { Variable } from '../render.ts';

type Spec = Pick<OwnedTemplate, 'html' | 'text'> & {
  readonly name: NoticeTemplate;
  readonly description: string;
  /** Number of the template, which makes its id. It never changes. */
  readonly number: number;
  /** Variables that need not be given, or only in some cases. */
  readonly optional?: readonly string[];
  /** Time of this version, ISO 8601 UTC. */
  readonly at: string;
};

/** A template that belongs to no organization. Its texts change with the version of the platform only. */
export type PlatformTemplate = OwnedTemplate & { readonly organization_id: null };

/** The common frame of the HTML: one column that every mail program shows. */
export const page = (...paragraphs: readonly string[]): string =>
  [
    '<!DOCTYPE html>',
    '<html lang="en">',
    '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"></head>',
    '<body style="margin:0;padding:24px;font-family:Arial,Helvetica,sans-serif;font-size:15px;line-height:1.5">',
    '<div style="max-width:600px;margin:0 auto">',
    ...paragraphs,
    '</div>',
    '</body>',
    '</html>',
    '',
  ].join('\n');

/** Lines of a text part. */
export const lines = (...of: readonly string[]): string => `${of.join('\n')}\n`;

const optionalVariable = (name: string): Variable => ({ name, required: false });

/** @returns the template with its id, `etpl_` and 26 digits as other ids have */
export const platformTemplate = ({ number, optional = [], at, ...spec }: Spec): PlatformTemplate => ({
  ...spec,
  ...notices[spec.name],
  id: `etpl_${String(number).padStart(26, '0')}`,
  organization_id: null,
  from: null,
  from_name: null,
  variables: optional.map(optionalVariable),
  created_at: at,
  updated_at: at,
});
