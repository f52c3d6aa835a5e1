import './parts/bar.css';
import { init } from 'redoc/bundles/redoc.standalone.js';

init('/openapi.json', { disableTelemetry: true });
