export { fingerprintFlowFiles, isFlowPath, readFlowFiles, type FlowFile, type FlowFolderReading } from './flow-files.ts'
