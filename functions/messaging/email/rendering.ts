import { renderEmail, type RenderedEmail, type TemplateParts } from '../email-templates/render.ts';
import type { SendEmail } from './send-email.ts';

/**
 * What a template makes of the values of a request, which may have a subject of its own.
 * @throws AppError of the template and its values
 */
export const renderWanted = (
  template: TemplateParts,
  { subject = template.subject, variables }: Pick<SendEmail, 'subject' | 'variables'>,
): RenderedEmail => renderEmail({ ...template, subject }, variables);
