// RUN: tacit-opt %s --tacit-bucket=bucket-bytes=-1 --verify-diagnostics

// expected-error@+1 {{tacit-bucket: bucket-bytes must not be negative, got -1; 0 leaves each gradient alone}}
module {
}
