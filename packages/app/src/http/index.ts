export { startServer, type ApiServer, type ServerSettings } from './server.ts'
