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
  // Else a badge would come from swagger.io, which would be told the document's address.
  validatorUrl: null,
  // It says nothing of the form that it wants unless somebody chooses one; errors would be XML then.
  requestInterceptor: (request) =>
    request.headers['accept'] === '*/*'
      ? { ...request, headers: { ...request.headers, accept: 'application/json' } }
      : request,
});
