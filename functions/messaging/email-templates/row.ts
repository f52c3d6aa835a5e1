import { findOwnTemplate, type TemplateReads } from '#dynamodb/rows/email-template.ts';
import type { OwnedTemplate } from '#schema/email-template.ts';
import { platformTemplateOf } from './platform-templates.ts';

/** A template by id or by name: one of the organization, or else one of the platform. */
export const findTemplate = async (table: TemplateReads, idOrName: string): Promise<OwnedTemplate | undefined> =>
  (await findOwnTemplate(table, idOrName)) ?? platformTemplateOf(idOrName);
