import type { IncomingMessage } from 'node:http';

/** `CorsConfiguration` of an `AWS::ApiGatewayV2::Api`. */
export type CorsConfiguration = {
  readonly AllowOrigins?: readonly string[];
  readonly AllowMethods?: readonly string[];
  readonly AllowHeaders?: readonly string[];
  readonly ExposeHeaders?: readonly string[];
  readonly AllowCredentials?: boolean;
  /** Seconds. */
  readonly MaxAge?: number;
};

type Headers = Readonly<Record<string, string>>;

/**
 * The headers that the HTTP API adds for browsers, in place of the function's own. None if the origin is not allowed.
 * OPTIONS is answered by the gateway itself whenever CORS is configured, `$default` or not.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 */
export function corsHeaders(
  configuration: CorsConfiguration,
  { method, headers: { origin } }: IncomingMessage,
): Headers {
  const allowed = configuration.AllowOrigins?.find((pattern) => allows(pattern, origin));
  if (origin === undefined || allowed === undefined) return {};
  const listed = (values: readonly string[] | undefined, name: string): Headers =>
    values?.length ? { [name]: values.join(',') } : {};
  return {
    'access-control-allow-origin': allowed === '*' ? '*' : origin,
    ...(configuration.AllowCredentials ? { 'access-control-allow-credentials': 'true' } : {}),
    ...(method === 'OPTIONS'
      ? {
          ...listed(configuration.AllowMethods, 'access-control-allow-methods'),
          ...listed(configuration.AllowHeaders, 'access-control-allow-headers'),
          ...(configuration.MaxAge === undefined ? {} : { 'access-control-max-age': String(configuration.MaxAge) }),
        }
      : listed(configuration.ExposeHeaders, 'access-control-expose-headers')),
  };
}

/** `*`, `https://*`, `http://*` or one origin. */
const allows = (pattern: string, origin: string | undefined): boolean =>
  origin !== undefined &&
  (pattern.endsWith('*') ? origin.startsWith(pattern.slice(0, -1)) : pattern.toLowerCase() === origin.toLowerCase());
