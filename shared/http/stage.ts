import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Endpoint } from '../contract/endpoint.ts';
import { underVoipbin, voipbin } from '../contract/voipbin.ts';
import { prefersXml } from './answers/accept.ts';
import type { Incoming } from './request/incoming.ts';

type Asked = { readonly request: Incoming; readonly endpoint: Endpoint };

/**
 * A request and its endpoint as the stage of API Gateway has them. With a named stage the path begins with its name,
 * also on a custom domain (github.com/CodeGenieApp/serverless-express/issues/465).
 */
export function atStage(
  { requestContext: { stage } }: APIGatewayProxyEventV2,
  request: Incoming,
  endpoint: Endpoint,
): Asked {
  if (stage !== voipbin.stage) return { request, endpoint };
  const { path, headers } = request;
  const accept = prefersXml(headers['accept']) ? { accept: 'application/json' } : {};
  return {
    request: { ...request, path: pathAsSent(path), headers: { ...headers, ...accept } },
    endpoint: underVoipbin(endpoint),
  };
}

/** The path as the client sent it. */
function pathAsSent(path: string): string {
  const prefix = `/${voipbin.stage}`;
  const rest = path === prefix || path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path;
  return voipbin.basePath + (rest === '' ? '/' : rest);
}
