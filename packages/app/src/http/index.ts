export { maxBodyBytes, startServer, type ApiServer, type ServerSettings } from './server.ts'
