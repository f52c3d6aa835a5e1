import { errorKinds } from '#errors.ts';

export const emailErrors = errorKinds({
  INVALID_EMAIL_ADDRESS: [400, 'A value is not an e-mail address; `details` names each.'],
  TEMPLATE_NOT_FOUND: [400, 'There is no such template.'],
  INVALID_ATTACHMENT: [
    400,
    'An attachment is not base64, has a forbidden type, or names a file that cannot be attached.',
  ],
  ATTACHMENT_TOO_LARGE: [400, 'The attachments are too large together.'],
  EMAIL_DISABLED: [403, 'E-mail is switched off for the organization.'],
  TEMPLATE_NOT_AUTHORIZED: [403, 'The template of the platform is not open to the organization.'],
  GATEWAY_ERROR: [500, 'The message could not be accepted; nothing was sent or charged. Try again.'],
});
