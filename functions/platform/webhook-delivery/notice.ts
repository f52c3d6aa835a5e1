import type { Email } from '#schema/email.ts';
import { noticeEmail } from '#schema/notice-email.ts';
import { organizationText } from '#schema/values.ts';
import type { Webhook } from '#schema/webhook/webhook.ts';

const reasons = {
  gone: 'its receiver answered 410 (Gone)',
  failing: 'no request has succeeded for five days',
  requested: 'a client disabled it',
} as const;

/** The e-mail that says that the platform disabled a webhook. @param now ISO 8601 */
export const disabledNotice = (
  { id, org_id: organization, url, disabled_reason: reason }: Webhook,
  { emailId, address, now }: { readonly emailId: string; readonly address: string; readonly now: string },
): Email =>
  noticeEmail({
    id: emailId,
    to: address,
    template: 'webhook_disabled',
    variables: { webhook: id, organization: organizationText(organization), url, reason: reasons[reason ?? 'failing'] },
    now,
  });
