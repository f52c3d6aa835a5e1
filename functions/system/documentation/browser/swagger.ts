import 'swagger-ui-dist/swagger-ui.css';
import './parts/bar.css';
import './parts/swagger.css';
import SwaggerUI from 'swagger-ui-dist/swagger-ui-es-bundle.js';

const dark = matchMedia('(prefers-color-scheme: dark)');
const follow = (): void => void document.documentElement.classList.toggle('dark-mode', dark.matches);
follow();
dark.addEventListener('change', follow);

SwaggerUI({
  url: '/openapi.json',
  dom_id: '#swagger',
  deepLinking: true,
  displayRequestDuration: true,
  // Without this a badge is loaded from swagger.io, which learns the address of the document.
  validatorUrl: null,
  // Swagger UI sends no preference by itself; errors would be XML.
  requestInterceptor: (request) =>
    request.headers['accept'] === '*/*'
      ? { ...request, headers: { ...request.headers, accept: 'application/json' } }
      : request,
});
