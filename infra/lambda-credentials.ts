/**
 * What the functions' bundles have in the place of `@aws-sdk/credential-provider-node`: Lambda puts a role's
 * credentials into the environment, so the SDK's other ways to some (profiles, SSO, containers, instances) are left
 * out.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html (AWS_ACCESS_KEY_ID,
 * AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN)
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
