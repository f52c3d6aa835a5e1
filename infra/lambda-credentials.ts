/**
 * Replaces `@aws-sdk/credential-provider-node` in the functions' bundles: Lambda puts the role's credentials into the
 * environment, so the SDK's other providers (profiles, SSO, containers, instances) are left out.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html (AWS_ACCESS_KEY_ID,
 * AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN)
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
