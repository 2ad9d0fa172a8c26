// The page to read and try the API: /api.html. A page of its own, so that the dashboard loads nothing of it.
import SwaggerUI from 'swagger-ui-dist/swagger-ui-es-bundle.js';
import 'swagger-ui-dist/swagger-ui.css';

SwaggerUI({
  url: '/api/openapi.json',
  dom_id: '#api',
  deepLinking: true,
  displayRequestDuration: true,
  // Whoever is signed in to the dashboard is signed in here; a token can be given all the same.
  persistAuthorization: true,
  // No service of somebody else's is told about the document.
  validatorUrl: null,
});
