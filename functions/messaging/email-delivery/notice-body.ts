import type { Email } from '#schema/email.ts';
import { platformTemplateOf } from '../email-templates/platform-templates.ts';
import { renderEmail, type RenderedEmail } from '../email-templates/render.ts';

/**
 * The body of an e-mail of the platform, made from its template; undefined if the e-mail has its body already.
 * @throws AppError as `renderEmail`
 */
export function noticeBody({
  template,
  variables = null,
}: Pick<Email, 'template' | 'variables'>): Pick<RenderedEmail, 'html' | 'text'> | undefined {
  const found = platformTemplateOf(template);
  if (variables === null || found === undefined) return undefined;
  const { html, text } = renderEmail(found, variables);
  return { html, text };
}
