import { remove } from '#dynamodb/write.ts';
import type { CascadeSteps } from '#runtime/cascade.ts';
import type { emailTemplates } from './contract.ts';
import { emailTemplateNameRow, emailTemplateRow, emailTemplateVersionRow } from '#dynamodb/rows/email-template.ts';

/** Templates in one slice. */
const limit = 30;

/** Replaced versions expire by themselves. */
export const cascade: CascadeSteps<typeof emailTemplates> = {
  'org.closed': [
    async (_organization, { table }) =>
      (await table.query(emailTemplateRow, {}, { limit })).items.flatMap((template) => [
        remove(emailTemplateRow, template),
        remove(emailTemplateNameRow, template),
        remove(emailTemplateVersionRow, template),
      ]),
  ],
};
