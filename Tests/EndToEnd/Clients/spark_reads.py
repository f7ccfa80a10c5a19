"""Writes a table through S3A, reads it back twice and compares; run by test_clients.py.

Arguments: endpoint, access key, secret key, bucket, jars.
"""

import sys

import pyspark.sql

endpoint, access_key, secret_key, bucket, jars = sys.argv[1:]
settings = {
    "spark.jars": jars, "spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "2",
    "spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1",
    "spark.hadoop.fs.s3a.endpoint": endpoint, "spark.hadoop.fs.s3a.access.key": access_key,
    "spark.hadoop.fs.s3a.secret.key": secret_key, "spark.hadoop.fs.s3a.path.style.access": "true",
    "spark.hadoop.fs.s3a.connection.ssl.enabled": "false",
    "spark.hadoop.fs.s3a.attempts.maximum": "1",
    "spark.hadoop.fs.s3a.aws.credentials.provider":
        "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider",
    # Spark 3.5 and later write these with units, which this S3A does not understand.
    "spark.hadoop.fs.s3a.connection.timeout": "200000",
    "spark.hadoop.fs.s3a.connection.establish.timeout": "5000",
    "spark.hadoop.fs.s3a.connection.request.timeout": "0",
    "spark.hadoop.fs.s3a.socket.recv.buffer": "65536",
    "spark.hadoop.fs.s3a.socket.send.buffer": "65536",
    "spark.hadoop.fs.s3a.threads.keepalivetime": "60",
    "spark.hadoop.fs.s3a.multipart.purge.age": "86400",
}
builder = pyspark.sql.SparkSession.builder.master("local[2]").appName("tarn")
for key, value in settings.items():
    builder = builder.config(key, value)
spark = builder.getOrCreate()
spark.sparkContext.setLogLevel("ERROR")
place = f"s3a://{bucket}/spark/table"
spark.range(200_000).selectExpr("id", "id * 3 AS triple", "id % 7 AS day").write.mode(
    "overwrite").partitionBy("day").parquet(place)
for _ in range(2):
    read = spark.read.parquet(place)
    total = read.selectExpr("count(*)", "sum(triple)").collect()[0]
    assert tuple(total) == (200_000, 3 * 199_999 * 100_000), total
    monday = read.where("day = 1").count()
    assert monday == 28_572, monday
print("spark read what it wrote")
spark.stop()
