declare module '*.css';

declare module 'swagger-ui-dist/swagger-ui-es-bundle.js' {
  type Request = { readonly headers: Readonly<Record<string, string>> };

  /** https://swagger.io/docs/open-source-tools/swagger-ui/usage/configuration/ */
  type Options = {
    readonly url: string;
    readonly dom_id: string;
    readonly deepLinking: boolean;
    readonly displayRequestDuration: boolean;
    readonly validatorUrl: string | null;
    readonly requestInterceptor: (request: Request) => Request;
  };
  export default function SwaggerUI(options: Options): void;
}
