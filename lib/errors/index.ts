export { CATALOGUE, type ErrorCode } from './catalogue/index.js';
export {
  CrusadesError,
  crusadesError,
  definitionOf,
  isErrorCode,
  type AnyDetails,
  type ErrorDetails,
  type ErrorReport,
} from './crusades-error.js';
export type { ErrorDefinition, ErrorFault, ErrorStage } from './define.js';
